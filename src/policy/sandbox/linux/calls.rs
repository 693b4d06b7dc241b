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
        for call in [libc::SYS_socket, libc::SYS_socketpair] {
            denied.entry(call).or_default().extend(unconnected()?);
        }
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

/// A socket that reaches a service without `connect`: what is sent says where to. That goes for
/// those of a pair too, and in this family a raw one is for datagrams.
fn unconnected() -> Result<Vec<SeccompRule>, Error> {
    [libc::SOCK_DGRAM, libc::SOCK_RAW].into_iter().map(of_kind).collect()
}

fn of_kind(kind: i32) -> Result<SeccompRule, Error> {
    // Above these bits stands how it is opened.
    let same = SeccompCmpOp::MaskedEq(0xf);
    let kind = SeccompCondition::new(1, SeccompCmpArgLen::Dword, same, kind as u64)?;
    Ok(SeccompRule::new(vec![kind])?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixDatagram, UnixStream};

    use super::*;

    /// Which sockets a thread can make that is held to `filter(connect)`: one for datagrams, a raw
    /// one, a pair for datagrams, a pair of streams. `None` where the kernel has no filters.
    fn sockets(connect: bool) -> Option<[bool; 4]> {
        let filter = filter(connect).unwrap();
        let held = std::thread::spawn(move || {
            seccompiler::apply_filter(&filter).ok()?;
            // SAFETY: it takes three numbers; what it opens stays open until the test ends.
            let raw = unsafe { libc::socket(libc::AF_UNIX, libc::SOCK_RAW, 0) };
            let (alone, pair) = (UnixDatagram::unbound(), UnixDatagram::pair());
            Some([alone.is_ok(), raw >= 0, pair.is_ok(), UnixStream::pair().is_ok()])
        });
        held.join().unwrap()
    }

    #[test]
    fn where_connections_are_refused_datagrams_are_too() {
        assert!(sockets(false).is_none_or(|made| made == [false, false, false, true]));
        assert!(sockets(true).is_none_or(|[alone, _, pair, streams]| alone && pair && streams));
    }
}
