//! A processor whose 32-bit interface is not known.

compile_error!(
    "semlock knows 32-bit Linux on x86 and on little-endian ARM only: another one needs a file like src/sysv/linux/abi/arm.rs, and its fields in header.rs"
);
