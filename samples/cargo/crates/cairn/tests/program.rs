use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn cairn(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cairn")).args(arguments).current_dir(directory).output().unwrap()
}

fn scratch(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(directory.join("tree")).unwrap();
    directory
}

#[test]
fn a_change_is_told() {
    let directory = scratch("change");
    fs::write(directory.join("tree/a.txt"), "one").unwrap();
    assert_eq!(cairn(&directory, &["take", "tree", "before"]).stdout, b"1 files, 3 bytes\n");
    fs::write(directory.join("tree/a.txt"), "two").unwrap();
    assert!(cairn(&directory, &["take", "tree", "after"]).status.success());
    let told = cairn(&directory, &["compare", "before", "after"]);
    assert_eq!(told.status.code(), Some(1));
    assert_eq!(told.stdout, b"Changed  a.txt\n");
}

#[test]
fn the_readme_is_shipped() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    assert!(fs::read_to_string(readme).unwrap().starts_with("# cairn"));
}
