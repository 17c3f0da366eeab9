//! The code that a WASM is deployed as, packed as cargo-stylus packs it.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use alloy_primitives::{keccak256, Address, Bytes, B256};

use crate::cache::{lock, remember};
use crate::code::root::Root;

/// Largest code of an account on Arbitrum's chains, which is what programs are packed for.
const ACCOUNT_SIZE: usize = 24_576;
const CLASSIC_HEADER: [u8; 4] = [0xef, 0xf0, 0x00, 0x00];
const FRAGMENT_HEADER: [u8; 3] = [0xef, 0xf0, 0x01];

/// On-chain code of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramCode {
    /// All of it in one account.
    Classic(Bytes),
    /// More than one account can hold.
    Fragmented(FragmentedCode),
}

/// On-chain code of a program that is spread over several accounts. They are created first, in any order; then the
/// root, which is the program, names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FragmentedCode {
    fragments: Vec<Bytes>,
    wasm_size: u32,
}

impl ProgramCode {
    /// Compresses a module, and cuts it into fragments if one account can't hold it.
    pub fn new(wasm: &[u8]) -> Self {
        let stream = compressed(wasm);
        if CLASSIC_HEADER.len() + stream.len() <= ACCOUNT_SIZE {
            return Self::Classic(classic(&stream));
        }
        let pieces = stream.chunks(ACCOUNT_SIZE - FRAGMENT_HEADER.len());
        Self::Fragmented(FragmentedCode {
            fragments: pieces
                .map(|piece| [&FRAGMENT_HEADER, piece].concat().into())
                .collect(),
            wasm_size: wasm.len() as u32,
        })
    }

    /// Bytes that it takes in all accounts together.
    pub fn size(&self) -> usize {
        match self {
            Self::Classic(code) => code.len(),
            Self::Fragmented(code) => {
                let addresses = vec![Address::ZERO; code.fragments.len()];
                let fragments: usize = code.fragments.iter().map(|code| code.len()).sum();
                fragments + code.root(&addresses).len()
            }
        }
    }

    /// Accounts that hold pieces of it, none if it is in one account.
    pub fn fragment_count(&self) -> usize {
        match self {
            Self::Classic(_) => 0,
            Self::Fragmented(code) => code.fragments.len(),
        }
    }
}

impl FragmentedCode {
    /// Code of each account that holds a piece, in the order in which the root names them.
    pub fn fragments(&self) -> &[Bytes] {
        &self.fragments
    }

    /// Code of the root, given where the fragments are.
    pub fn root(&self, addresses: &[Address]) -> Bytes {
        Root::encode(self.wasm_size, addresses)
    }
}

/// On-chain code of a program in one account, however large.
pub(crate) fn classic_code(wasm: &[u8]) -> Bytes {
    classic(&compressed(wasm))
}

fn classic(stream: &[u8]) -> Bytes {
    [&CLASSIC_HEADER, stream].concat().into()
}

/// Modules compressed so far in this process, by their hash. Compressing takes the better part of a deployment.
static COMPRESSED: LazyLock<Mutex<HashMap<B256, Bytes>>> = LazyLock::new(Mutex::default);

/// Brotli stream at the quality and window that programs are deployed with.
pub(crate) fn compressed(wasm: &[u8]) -> Bytes {
    let hash = keccak256(wasm);
    if let Some(stream) = lock(&COMPRESSED).get(&hash) {
        return stream.clone();
    }
    let mut stream = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &wasm[..], &mut stream, &params)
        .expect("writing to memory does not fail");
    let stream = Bytes::from(stream);
    remember(&COMPRESSED, hash, stream.clone());
    stream
}

/// Init code that deploys `code` as it is, as cargo-stylus builds it.
pub fn deployment_code(code: &[u8]) -> Bytes {
    const PRELUDE: usize = 43;
    let mut init = Vec::with_capacity(PRELUDE + code.len());
    init.push(0x7f); // PUSH32
    init.extend([0; 24]);
    init.extend((code.len() as u64).to_be_bytes());
    init.extend([
        0x80, // DUP1
        0x60,
        PRELUDE as u8, // PUSH1, where the code starts
        0x60,
        0x00, // PUSH1 0
        0x39, // CODECOPY
        0x60,
        0x00, // PUSH1 0
        0xf3, // RETURN
        0x00, // version
    ]);
    debug_assert_eq!(init.len(), PRELUDE);
    init.extend_from_slice(code);
    init.into()
}
