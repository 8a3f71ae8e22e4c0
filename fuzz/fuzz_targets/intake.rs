//! The target `intake` under libFuzzer; its body is `countersign_fuzz::intake`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    countersign_fuzz::intake::run(input);
});
