//! Seccomp: which calls of the kernel the process may not make.
//!
//! Sockets are for talking inside of the sandbox. None reaches the network; none reaches a service
//! of this machine, which would do outside what cannot be done inside.

use std::collections::BTreeMap;

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use crate::policy::sandbox::linux::Error;

/// Calls that lead out of the sandbox, or change the machine where root makes them.
const DENIED: &[i64] = &[
    // Would make sockets, and whatever else, without any call that could be looked at.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_pidfd_getfd,
    libc::SYS_open_by_handle_at,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
];

/// The same calls by the numbers of x32, which the check of the architecture lets pass.
#[cfg(target_arch = "x86_64")]
const OTHER_NUMBERS: &[i64] = &[0x4000_0000];
#[cfg(not(target_arch = "x86_64"))]
const OTHER_NUMBERS: &[i64] = &[];

/// The filter; `connect` passes where Landlock looks at what is connected to.
pub(super) fn filter(connect: bool) -> Result<BpfProgram, Error> {
    let mut denied: BTreeMap<i64, Vec<SeccompRule>> =
        DENIED.iter().map(|call| (*call, Vec::new())).collect();
    denied.insert(libc::SYS_socket, vec![not_of_this_machine()?]);
    if !connect {
        denied.insert(libc::SYS_connect, Vec::new());
    }
    for bit in OTHER_NUMBERS {
        denied.extend(denied.clone().into_iter().map(|(call, rules)| (call | bit, rules)));
    }
    let refuse = SeccompAction::Errno(libc::EACCES as u32);
    let architecture = std::env::consts::ARCH.try_into()?;
    let filter = SeccompFilter::new(denied, SeccompAction::Allow, refuse, architecture)?;
    Ok(filter.try_into()?)
}

/// A socket of any family but the one that stays on this machine.
fn not_of_this_machine() -> Result<SeccompRule, Error> {
    let family = libc::AF_UNIX as u64;
    let other = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, family)?;
    Ok(SeccompRule::new(vec![other])?)
}
