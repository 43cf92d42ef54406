//! Tells the crate how large blocks are, and how it was built.
use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(wide)");
    if env::var("CARGO_CFG_TARGET_POINTER_WIDTH").as_deref() == Ok("64") {
        println!("cargo::rustc-cfg=wide");
    }
    let block = env::var("DEP_ROLLING_BLOCK").expect("rolling-sys tells its block");
    let header = env::var("DEP_ROLLING_INCLUDE").expect("rolling-sys tells where its header is");
    assert!(std::path::Path::new(&header).join("rolling.h").exists(), "{header}");
    println!("cargo::rustc-env=CAIRN_PROFILE={}", env::var("PROFILE").unwrap());
    let to = std::path::Path::new(&env::var_os("OUT_DIR").unwrap()).join("block.rs");
    std::fs::write(to, format!("/// Bytes that are read at once.\npub const BLOCK: usize = {block};\n")).unwrap();
}
