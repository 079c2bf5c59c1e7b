//! `OUINON_BIND` and `OUINON_OPS_BIND`: where the server listens, and opening those ports.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

use super::error::ConfigError;
use super::sources::{Given, Name};

/// Names of the address for everyone.
pub const BIND: Name = Name { env: "OUINON_BIND", key: "bind" };

/// Names of the address for metrics.
pub const OPS_BIND: Name = Name { env: "OUINON_OPS_BIND", key: "ops_bind" };

/// Used where `OUINON_BIND` is not set: this machine only.
pub const DEFAULT_BIND: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

/// Connections the kernel keeps waiting while the server is busy.
const BACKLOG: i32 = 2048;

/// The addresses to listen on. Port 0 takes any free port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// Visitors, programs and the dashboard.
    pub public: SocketAddr,
    /// Metrics on a port of their own; `None`: on the public port, for loopback callers only.
    pub ops: Option<SocketAddr>,
}

impl Listen {
    pub(super) fn parse(bind: Option<&Given>, ops: Option<&Given>) -> Result<Self, ConfigError> {
        let public = bind.map(address).transpose()?.unwrap_or(DEFAULT_BIND);
        let separate = ops.map(address).transpose()?;
        if let (Some(given), Some(ops)) = (ops, separate)
            && ops == public
            && ops.port() != 0
        {
            return Err(given.wrong("another address than OUINON_BIND, or left out"));
        }
        Ok(Self { public, ops: separate })
    }

    /// Opens the port for everyone.
    ///
    /// # Errors
    /// The port is taken, reserved, or the address is not of this machine.
    pub fn open_public(&self) -> Result<TcpListener, ConfigError> {
        open(BIND, self.public)
    }

    /// Opens the port for metrics, where it has its own.
    ///
    /// # Errors
    /// As [`Listen::open_public`].
    pub fn open_ops(&self) -> Result<Option<TcpListener>, ConfigError> {
        self.ops.map(|address| open(OPS_BIND, address)).transpose()
    }
}

fn address(given: &Given) -> Result<SocketAddr, ConfigError> {
    let expected = "an IP address and a port, such as 127.0.0.1:8080 or [::]:8080";
    given.value.parse().map_err(|_| given.wrong(expected))
}

fn open(name: Name, address: SocketAddr) -> Result<TcpListener, ConfigError> {
    let bind = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        Ok(socket.into())
    };
    bind().map_err(|error: std::io::Error| ConfigError::Unusable {
        setting: name.env.to_owned(),
        value: address.to_string(),
        problem: match error.kind() {
            ErrorKind::AddrInUse => "another program is already listening there".to_owned(),
            ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
            ErrorKind::PermissionDenied => "the system does not permit that port".to_owned(),
            _ => format!("it cannot be opened: {error}"),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(public: &str) -> Listen {
        Listen { public: public.parse().unwrap(), ops: None }
    }

    #[test]
    fn a_busy_port_is_said_in_a_sentence() {
        let first = listen("127.0.0.1:0").open_public().unwrap();
        let address = first.local_addr().unwrap();
        let error = listen(&address.to_string()).open_public().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "OUINON_BIND is \"{address}\", but another program is already listening there."
            )
        );
    }

    #[test]
    fn an_address_of_another_machine_is_said_in_a_sentence() {
        let ops = Some("192.0.2.1:0".parse().unwrap());
        let error = Listen { ops, ..listen("127.0.0.1:0") }.open_ops().unwrap_err();
        assert!(
            error.to_string().starts_with("OUINON_OPS_BIND is \"192.0.2.1:0\", but"),
            "{error}"
        );
    }
}
