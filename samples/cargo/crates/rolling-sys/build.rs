use std::env;
use std::path::PathBuf;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap());
    println!("cargo:rerun-if-changed=c/rolling.c");
    println!("cargo:rerun-if-changed=c/rolling.h");
    println!("cargo:include={}", root.join("c").display());
    println!("cargo:block=4096");
    cc::Build::new().file("c/rolling.c").include("c").warnings(true).compile("rolling");
}
