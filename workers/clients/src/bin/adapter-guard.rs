//! The guard of one run of a service adapter; see `chandler_clients::adapter::guard`.

use std::process::ExitCode;

fn main() -> ExitCode {
    chandler_clients::adapter::guard::main()
}
