use proptest::prelude::*;

use super::*;

/// A small sound file: two keys, one F32 tensor of 4 × 2.
fn sound() -> Vec<u8> {
    file("llama", 32, &[4, 2], 0, 0, 32)
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

fn file(
    architecture: &str,
    alignment: u32,
    shape: &[u64],
    kind: u32,
    offset: u64,
    data: usize,
) -> Vec<u8> {
    let mut out = b"GGUF".to_vec();
    out.extend(3_u32.to_le_bytes());
    out.extend(1_u64.to_le_bytes());
    out.extend(4_u64.to_le_bytes());
    text(&mut out, "general.architecture");
    out.extend(8_u32.to_le_bytes());
    text(&mut out, architecture);
    text(&mut out, "general.alignment");
    out.extend(4_u32.to_le_bytes());
    out.extend(alignment.to_le_bytes());
    text(&mut out, "llama.context_length");
    out.extend(10_u32.to_le_bytes());
    out.extend(8192_u64.to_le_bytes());
    text(&mut out, "tokenizer.ggml.tokens");
    out.extend(9_u32.to_le_bytes());
    out.extend(8_u32.to_le_bytes());
    out.extend(2_u64.to_le_bytes());
    text(&mut out, "a");
    text(&mut out, "b");
    text(&mut out, "token_embd.weight");
    out.extend(u32::try_from(shape.len()).expect("small").to_le_bytes());
    for size in shape {
        out.extend(size.to_le_bytes());
    }
    out.extend(kind.to_le_bytes());
    out.extend(offset.to_le_bytes());
    out.resize(out.len().next_multiple_of(32) + data, 7);
    out
}

fn check_bytes(bytes: &[u8]) -> Result<GgufInfo, GgufError> {
    check_head(bytes, bytes.len() as u64)
}

#[test]
fn a_sound_file_tells_what_it_is() {
    let info = check_bytes(&sound()).expect("sound");
    assert_eq!(info.architecture, "llama");
    assert_eq!(info.context_length, Some(8192));
    assert_eq!(info.parameters, 8);
    assert_eq!(info.kind(), ModelKind::Chat);
}

#[test]
fn every_cut_of_a_file_is_refused() {
    let whole = sound();
    for length in 0..whole.len() {
        let error = check_bytes(&whole[..length]).expect_err("cut");
        let right = match length {
            0..4 => matches!(error, GgufError::NotGguf),
            _ => matches!(error, GgufError::Truncated { .. }),
        };
        assert!(right, "{length} bytes: {error}");
    }
}

#[test]
fn each_kind_of_damage_has_its_word() {
    let cases = [
        (b"<html>error 404</html>".to_vec(), "is no GGUF model file"),
        (file("", 32, &[4, 2], 0, 0, 32), "names no architecture"),
        (file("llama", 24, &[4, 2], 0, 0, 32), "alignment 24"),
        (file("llama", 32, &[4, 0], 0, 0, 32), "has size 0"),
        (
            file("llama", 32, &[4, 2], 4, 0, 32),
            "unknown quantisation 4",
        ),
        (file("llama", 32, &[4, 2], 2, 0, 32), "not of whole blocks"),
        (file("llama", 32, &[4, 2], 0, 8, 64), "is not aligned"),
        (file("llama", 32, &[4, 2], 0, 32, 32), "cut short"),
        (file("llama", 32, &[1; 5], 0, 0, 32), "5 dimensions"),
        (
            file("llama", 32, &[1 << 40, 1 << 40], 0, 0, 32),
            "impossibly large",
        ),
    ];
    for (bytes, word) in cases {
        let error = check_bytes(&bytes).expect_err(word).to_string();
        assert!(error.contains(word), "{error} lacks {word}");
    }
    let mut version = sound();
    version[4] = 1;
    assert!(matches!(check_bytes(&version), Err(GgufError::Version(1))));
}

#[test]
fn a_huge_count_costs_no_memory() {
    let mut bytes = sound();
    bytes[16..24].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(matches!(check_bytes(&bytes), Err(GgufError::Damaged(_))));
    let mut bytes = sound();
    // Length of the first key.
    bytes[24..32].copy_from_slice(&(1_u64 << 60).to_le_bytes());
    assert!(matches!(
        check_bytes(&bytes),
        Err(GgufError::Truncated { .. })
    ));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(at in 0usize..200, byte: u8, noise in proptest::collection::vec(any::<u8>(), 0..64)) {
        let mut bytes = sound();
        let length = bytes.len();
        bytes[at % length] = byte;
        let _outcome = check_bytes(&bytes);
        let from = at % length;
        bytes.splice(from.., noise);
        let _outcome = check_bytes(&bytes);
    }
}
