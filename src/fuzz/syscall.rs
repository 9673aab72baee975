//! The system call that a thread waits in.

use super::{NUMBERS, SemopCall, WaitingCall, parse, understand};
use crate::fuzz::{Input, Targets};
use crate::system::Entry;
use crate::sysv::Semid;

impl Targets {
    pub(crate) fn syscall(data: &[u8]) {
        let _ = understand(&parse(data), || Entry::Is(data.len().is_multiple_of(2)));
        let mut input = Input::new(data);
        let number = u64::from(input.u16());
        let arguments = [(); 6].map(|()| input.u64());
        // Above 4 GiB, so of a 64-bit program.
        let (stack, counter) = (input.u64() | 1 << 32, input.u64());
        let words = arguments.map(|word| format!("0x{word:x} ")).concat();
        let call = parse(format!("{number} {words}0x{stack:x} 0x{counter:x}\n").as_bytes());
        assert_eq!(call, [&[number], &arguments[..], &[stack, counter]].concat());
        let understood = understand(&call, || panic!("its stack says what it is"));
        let Entry::Is(understood) = understood else { return assert_eq!(NUMBERS, None) };
        let expected = semop(number, arguments);
        assert_eq!(Some(understood).filter(|call| matches!(call, WaitingCall::Semop(_))), expected);
    }
}

/// The call, if it is semop(2) or semtimedop(2) of a set that can exist.
fn semop(number: u64, [semid, address, count, ..]: [u64; 6]) -> Option<WaitingCall> {
    let [wide, _] = NUMBERS?;
    let [a, b, c, d, ..] = semid.to_le_bytes();
    let semid = i32::from_le_bytes([a, b, c, d]);
    let call = SemopCall { semid: Semid::new(semid), address, number: count };
    (wide.semops.contains(&number) && semid >= 0).then_some(WaitingCall::Semop(call))
}
