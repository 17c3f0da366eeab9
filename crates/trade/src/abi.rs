//! The pool's interface and those of what stands around it.

#[allow(missing_docs, clippy::too_many_arguments)]
mod generated {
    alloy_sol_types::sol! {
        #![sol(all_derives)]
        "../../abi/Pool.sol"
    }
    alloy_sol_types::sol! {
        #![sol(all_derives)]
        interface Token {
            function symbol() external view returns (string text);
            function name() external view returns (string text);
            function version() external view returns (string text);
            function decimals() external view returns (uint8 count);
            function balanceOf(address holder) external view returns (uint256 amount);
            function allowance(address holder, address spender) external view returns (uint256 amount);
            function approve(address spender, uint256 amount) external returns (bool done);
            function nonces(address holder) external view returns (uint256 nonce);
            function DOMAIN_SEPARATOR() external view returns (bytes32 separator);
        }
        interface Feed {
            function latestRoundData() external view returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn);
            function getRoundData(uint80 round) external view returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn);
        }
        struct Permit {
            address owner;
            address spender;
            uint256 value;
            uint256 nonce;
            uint256 deadline;
        }
    }
}
pub use generated::{Feed, IPool, Permit, Token};
