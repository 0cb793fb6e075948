//! Failures on demand, with the messages of real ones.

use std::collections::VecDeque;

use crate::bosh::plan::{Beat, fail_at};

const CPI_TRACE: &str = "Unknown CPI error 'Creating vm failed' with message 'Creating vm failed\n/director/lib/cloud/dummy.rb:87:in `create_vm'\n/director/lib/cloud/dummy_v2.rb:18:in `call'\n/director/lib/cloud/dummy_v2.rb:18:in `create_vm'\n/director/bin/dummy_cpi:74:in `<main>'' in 'create_vm' CPI method (CPI request ID: 'cpi-295437')";
const RENDER: &str = "Unable to render instance groups for deployment. Errors are:\n  - Unable to render jobs for instance group 'node'. Errors are:\n    - Unable to render templates for job 'badtmpl'. Errors are:\n      - Error filling in template 'x.erb' (line 1: Can't find property '[\"must\"]')";

/// Lets a plan fail at a stage; what isn't given is taken from a recorded failure there.
pub(in crate::bosh) fn fail(beats: &mut VecDeque<Beat>, stage: &str, message: Option<String>, code: Option<u32>) {
    let (own_code, own_message) = match stage {
        "Creating missing vms" => (100, CPI_TRACE),
        "Rendering templates" => (100, RENDER),
        "Updating instance" => (
            400_007,
            "'node/86315e79-a909-4e8f-8854-161fdd27d738 (0)' is not running after update. Review logs for failed jobs: process-3",
        ),
        "Deleting instances" => (
            450_002,
            "Timed out sending 'run_script' to instance: 'node/86315e79-a909-4e8f-8854-161fdd27d738', agent-id: 'b84684dc-8dc6-41d5-a0f1-723e72dd5ea2' after 45 seconds",
        ),
        _ => (100, "The simulator was told to let this task fail"),
    };
    let message = message.unwrap_or_else(|| own_message.to_owned());
    fail_at(beats, stage, code.unwrap_or(own_code), &message);
}
