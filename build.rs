//! Chooses the family of systems that the target belongs to: the files of `src/sysv/` and
//! `src/system/` that are compiled for it.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(family, values(any()))");
    let system = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    match family(&system) {
        Some(family) => println!("cargo::rustc-cfg=family=\"{family}\""),
        None => println!(
            "cargo::error=semlock does not know the semaphores of {system}: \
             name its family in build.rs, or add one to src/sysv/ and src/system/"
        ),
    }
}

fn family(system: &str) -> Option<&'static str> {
    Some(match system {
        // For tests: Linux as a system that offers only what POSIX specifies.
        "linux" if env::var_os("CARGO_CFG_SEMLOCK_PORTABLE").is_some() => "portable",
        "linux" | "android" => "linux",
        "freebsd" | "dragonfly" | "netbsd" | "openbsd" => "bsd",
        "macos" => "darwin",
        "illumos" | "solaris" => "solaris",
        "cygwin" => "cygwin",
        _ => return None,
    })
}
