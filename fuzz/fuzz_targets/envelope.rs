//! The target `envelope` under libFuzzer; its body is `countersign_fuzz::envelope`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    countersign_fuzz::envelope::run(input);
});
