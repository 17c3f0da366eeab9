//! The kinds of Stylus code, and what the chain allows for each.

/// First ArbOS version with fragments and root programs.
pub(crate) const FRAGMENTS_SINCE: u64 = 60;

const CLASSIC: [u8; 3] = [0xef, 0xf0, 0x00];
const FRAGMENT: [u8; 3] = [0xef, 0xf0, 0x01];
const ROOT: [u8; 3] = [0xef, 0xf0, 0x02];

/// The kinds of Stylus code, told apart by their first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StylusCode {
    Classic,
    Fragment,
    Root,
}

/// Kind of Stylus code that `code` is, whatever the ArbOS version.
pub(crate) fn stylus_code(code: &[u8]) -> Option<StylusCode> {
    if code.len() <= 3 {
        return None;
    }
    match [code[0], code[1], code[2]] {
        CLASSIC => Some(StylusCode::Classic),
        FRAGMENT => Some(StylusCode::Fragment),
        ROOT => Some(StylusCode::Root),
        _ => None,
    }
}

/// Whether `code` is a Stylus program or a part of one.
pub(crate) fn is_stylus_code(code: &[u8]) -> bool {
    stylus_code(code).is_some()
}

/// Whether code that starts with 0xEF may be stored at this ArbOS version.
pub(crate) fn is_storable(code: &[u8], arbos_version: u64) -> bool {
    match stylus_code(code) {
        Some(StylusCode::Classic) => true,
        Some(StylusCode::Fragment | StylusCode::Root) => arbos_version >= FRAGMENTS_SINCE,
        None => false,
    }
}

/// Whether code may be called as a program at this ArbOS version.
pub(crate) fn is_executable(code: &[u8], arbos_version: u64) -> bool {
    match stylus_code(code) {
        Some(StylusCode::Classic) => true,
        Some(StylusCode::Root) => arbos_version >= FRAGMENTS_SINCE,
        Some(StylusCode::Fragment) | None => false,
    }
}
