//! The target `roundtrip` under libFuzzer; its body is `countersign_fuzz::roundtrip`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    countersign_fuzz::roundtrip::run(input);
});
