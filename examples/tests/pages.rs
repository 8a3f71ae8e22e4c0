//! The Rust on the pages of `docs/providers` compiles, as it stands there: a module for each distinct shape.

include!(concat!(env!("OUT_DIR"), "/pages.rs"));

#[test]
fn every_page_shows_the_constant_of_its_provider() {
    for (name, provider) in CONSTANTS {
        assert_eq!(*name, provider.name);
    }
    let pages = CONSTANTS.len();
    assert_eq!(pages, countersign::providers::all().count());
    println!("{pages} pages, {SHAPES} shapes of code");
    assert!(SHAPES > 4 && SHAPES < pages);
}
