//! The target `records` under libFuzzer; its body is `countersign_fuzz::records`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    countersign_fuzz::records::run(input);
});
