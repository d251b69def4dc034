//! The pinned wheel of ONNX Runtime through pip. Fetches 27 MB, so it runs only where the library is required: `CHARTER_REQUIRE_ONNXRUNTIME=1`.

use charter_backend::runtime::{OnnxRuntimeSearch, PINNED_VERSION, install};

#[test]
fn the_pinned_library_is_fetched_checked_loaded_and_found_again() {
    if !std::env::var("CHARTER_REQUIRE_ONNXRUNTIME").is_ok_and(|value| value == "1") {
        eprintln!("not run: fetching ONNX Runtime needs the network; set CHARTER_REQUIRE_ONNXRUNTIME=1");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("runtime");
    let mut said = Vec::new();
    let installed = install(&target, &mut |line| said.push(line.to_owned())).unwrap_or_else(|error| panic!("{error}\n{said:?}"));
    assert!(!installed.already && installed.library.is_file(), "{said:?}");
    assert_eq!(std::fs::read_dir(&target).expect("there").count(), 1, "only the library stays");

    let report = OnnxRuntimeSearch { runtime_folder: Some(target.clone()), ..Default::default() }.run();
    assert_eq!(report.loaded, Some((installed.library.clone(), PINNED_VERSION.to_owned())), "{report}");

    let again = install(&target, &mut |_| {}).expect("there already");
    assert!(again.already);
    // A library with other bytes is not taken for ours: it is fetched again.
    // (Renamed into place: this process has the old one mapped.)
    std::fs::write(target.join("tampered"), "tampered").expect("written");
    std::fs::rename(target.join("tampered"), &installed.library).expect("renamed");
    assert!(!install(&target, &mut |_| {}).expect("fetched again").already);
}
