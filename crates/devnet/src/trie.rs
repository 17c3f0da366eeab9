//! Merkle Patricia tries over hashed keys. Copies share what neither side changed, and a node is hashed once: the root after
//! a block costs what the block changed. Nodes are encoded by alloy-trie.

use std::sync::{Arc, OnceLock};

use alloy_primitives::{keccak256, Bytes, B256};
use alloy_rlp::Encodable;
use alloy_trie::nodes::{BranchNodeRef, ExtensionNodeRef, LeafNodeRef, RlpNode};
use alloy_trie::{Nibbles, TrieMask, EMPTY_ROOT_HASH};

/// A trie with keys of 32 bytes. Cloning is cheap, and so is changing a clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trie(Option<Arc<Node>>);

#[derive(Debug)]
struct Node {
    kind: Kind,
    /// What the node's parent holds: its hash, or the node itself if it is shorter than that.
    reference: OnceLock<RlpNode>,
}

#[derive(Debug)]
enum Kind {
    Leaf { path: Nibbles, value: Vec<u8> },
    Extension { path: Nibbles, child: Arc<Node> },
    Branch(Children),
}

type Children = [Option<Arc<Node>>; 16];

impl Trie {
    /// Puts a value at a hashed key.
    pub(crate) fn insert(&mut self, key: B256, value: Vec<u8>) {
        self.0 = Some(insert(self.0.as_ref(), Nibbles::unpack(key), value));
    }

    /// Takes away what is at a hashed key, if there is something.
    pub(crate) fn remove(&mut self, key: B256) {
        if let Some(root) = self.0.take() {
            self.0 = remove(&root, &Nibbles::unpack(key));
        }
    }

    pub(crate) fn root(&self) -> B256 {
        let Some(root) = &self.0 else {
            return EMPTY_ROOT_HASH;
        };
        match root.reference().as_hash() {
            Some(hash) => hash,
            None => keccak256(root.encoding()),
        }
    }

    /// The nodes on the way to a hashed key, from the root on; those that are within their parent are not told apart. They
    /// prove what is there, or that nothing is.
    pub(crate) fn proof(&self, key: B256) -> Vec<Bytes> {
        let mut path = Nibbles::unpack(key);
        let (mut proof, mut next) = (Vec::new(), self.0.as_ref());
        while let Some(node) = next {
            if proof.is_empty() || node.reference().as_hash().is_some() {
                proof.push(node.encoding().into());
            }
            next = match &node.kind {
                Kind::Leaf { .. } => None,
                Kind::Extension { path: own, child } => {
                    let is_on_the_way = path.starts_with(own);
                    if is_on_the_way {
                        path = path.slice(own.len()..);
                    }
                    is_on_the_way.then_some(child)
                }
                Kind::Branch(children) => {
                    let child = children[nibble(&path, 0)].as_ref();
                    path = path.slice(1..);
                    child
                }
            };
        }
        proof
    }
}

impl Node {
    fn new(kind: Kind) -> Arc<Self> {
        Arc::new(Self {
            kind,
            reference: OnceLock::new(),
        })
    }

    fn leaf(path: Nibbles, value: Vec<u8>) -> Arc<Self> {
        Self::new(Kind::Leaf { path, value })
    }

    fn reference(&self) -> &RlpNode {
        self.reference
            .get_or_init(|| RlpNode::from_rlp(&self.encoding()))
    }

    fn encoding(&self) -> Vec<u8> {
        let mut encoding = Vec::new();
        match &self.kind {
            Kind::Leaf { path, value } => LeafNodeRef::new(path, value).encode(&mut encoding),
            Kind::Extension { path, child } => {
                ExtensionNodeRef::new(path, child.reference()).encode(&mut encoding);
            }
            Kind::Branch(children) => {
                let (mut stack, mut mask) = (Vec::with_capacity(16), TrieMask::default());
                for (nibble, child) in (0..).zip(children) {
                    if let Some(child) = child {
                        stack.push(child.reference().clone());
                        mask.set_bit(nibble);
                    }
                }
                BranchNodeRef::new(&stack, mask).encode(&mut encoding);
            }
        }
        encoding
    }
}

fn nibble(path: &Nibbles, index: usize) -> usize {
    usize::from(path.get(index).expect("keys have the same length"))
}

fn insert(node: Option<&Arc<Node>>, path: Nibbles, value: Vec<u8>) -> Arc<Node> {
    let Some(node) = node else {
        return Node::leaf(path, value);
    };
    match &node.kind {
        Kind::Leaf { path: own, .. } if *own == path => Node::leaf(path, value),
        Kind::Leaf {
            path: own,
            value: old,
        } => fork(&path, value, own, |rest| Node::leaf(rest, old.clone())),
        Kind::Extension { path: own, child } if path.starts_with(own) => {
            let child = insert(Some(child), path.slice(own.len()..), value);
            Node::new(Kind::Extension { path: *own, child })
        }
        Kind::Extension { path: own, child } => {
            fork(&path, value, own, |rest| extended(rest, Arc::clone(child)))
        }
        Kind::Branch(children) => {
            let mut children = children.clone();
            let child = &mut children[nibble(&path, 0)];
            *child = Some(insert(child.as_ref(), path.slice(1..), value));
            Node::new(Kind::Branch(children))
        }
    }
}

/// A branch where a new path leaves that of a node, which gets the rest of its own.
fn fork(
    path: &Nibbles,
    value: Vec<u8>,
    own: &Nibbles,
    shortened: impl FnOnce(Nibbles) -> Arc<Node>,
) -> Arc<Node> {
    let shared = own.common_prefix_length(path);
    let mut children = Children::default();
    children[nibble(own, shared)] = Some(shortened(own.slice(shared + 1..)));
    children[nibble(path, shared)] = Some(Node::leaf(path.slice(shared + 1..), value));
    extended(path.slice(..shared), Node::new(Kind::Branch(children)))
}

/// A node with more in front of its path.
fn extended(front: Nibbles, node: Arc<Node>) -> Arc<Node> {
    if front.is_empty() {
        return node;
    }
    match &node.kind {
        Kind::Leaf { path, value } => Node::leaf(front.join(path), value.clone()),
        Kind::Extension { path, child } => Node::new(Kind::Extension {
            path: front.join(path),
            child: Arc::clone(child),
        }),
        Kind::Branch(_) => Node::new(Kind::Extension {
            path: front,
            child: node,
        }),
    }
}

fn remove(node: &Arc<Node>, path: &Nibbles) -> Option<Arc<Node>> {
    match &node.kind {
        Kind::Leaf { path: own, .. } if own == path => None,
        Kind::Extension { path: own, child } if path.starts_with(own) => {
            let child = remove(child, &path.slice(own.len()..))?;
            Some(extended(*own, child))
        }
        Kind::Branch(children) => {
            let at = nibble(path, 0);
            let Some(child) = &children[at] else {
                return Some(Arc::clone(node));
            };
            let mut children = children.clone();
            children[at] = remove(child, &path.slice(1..));
            let mut left = (0u8..)
                .zip(&children)
                .filter_map(|(at, child)| child.as_ref().map(|child| (at, child)));
            match (left.next(), left.next()) {
                (Some((at, only)), None) => {
                    Some(extended(Nibbles::from_nibbles([at]), Arc::clone(only)))
                }
                _ => Some(Node::new(Kind::Branch(children))),
            }
        }
        _ => Some(Arc::clone(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_trie::proof::verify_proof;
    use alloy_trie::HashBuilder;
    use std::collections::BTreeMap;

    /// The root as alloy-trie builds it from all leaves at once.
    fn reference(leaves: &BTreeMap<B256, Vec<u8>>) -> B256 {
        let mut builder = HashBuilder::default();
        for (key, value) in leaves {
            builder.add_leaf(Nibbles::unpack(key), value);
        }
        builder.root()
    }

    /// A key some of whose leading nibbles it shares with others.
    fn key(number: u64) -> B256 {
        let mut key = keccak256((number / 7).to_be_bytes());
        key[(number % 31) as usize] ^= (number % 7) as u8;
        key
    }

    #[test]
    fn roots_and_proofs_are_those_of_the_library_whatever_is_put_in_and_taken_out() {
        let (mut trie, mut leaves) = (Trie::default(), BTreeMap::new());
        assert_eq!(trie.root(), reference(&leaves));
        let mut seed = 1u64;
        for step in 0..3_000u64 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let key = key((seed >> 33) % 400);
            if seed >> 62 == 0 {
                trie.remove(key);
                leaves.remove(&key);
            } else {
                let value = vec![(step % 250) as u8 + 1; 1 + (step % 40) as usize];
                trie.insert(key, value.clone());
                leaves.insert(key, value);
            }
            if step % 50 == 0 {
                assert_eq!(trie.root(), reference(&leaves), "step {step}");
            }
        }
        assert!(leaves.len() > 100);
        for number in 0..400 {
            let key = key(number);
            let proof = trie.proof(key);
            let value = leaves.get(&key).cloned();
            verify_proof(trie.root(), Nibbles::unpack(key), value, &proof).unwrap();
            let wrong = Some(vec![0xff; 50]);
            assert!(verify_proof(trie.root(), Nibbles::unpack(key), wrong, &proof).is_err());
        }
        let before = trie.clone();
        for key in leaves.keys() {
            trie.remove(*key);
        }
        assert_eq!(trie.root(), EMPTY_ROOT_HASH);
        assert_eq!(before.root(), reference(&leaves), "a copy stays as it was");
    }
}
