//! How a command ends.

use std::process::ExitCode;

/// Says why a command failed, if it did: a sentence and its causes, each on a line of its own. Where in the program the failure arose
/// helps nobody who runs it, whatever `RUST_BACKTRACE` says.
pub fn exit_code(ended: anyhow::Result<()>) -> ExitCode {
    let Err(error) = ended else {
        return ExitCode::SUCCESS;
    };
    eprintln!("Error: {error}");
    let mut said = vec![error.to_string()];
    for cause in error.chain().skip(1).map(ToString::to_string) {
        // Libraries wrap an error in another one that says the same.
        if !said.contains(&cause) {
            eprintln!("  {cause}");
            said.push(cause);
        }
    }
    ExitCode::FAILURE
}
