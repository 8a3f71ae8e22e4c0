//! The target `decoders` under libFuzzer; its body is `countersign_fuzz::decoders`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    countersign_fuzz::decoders::run(input);
});
