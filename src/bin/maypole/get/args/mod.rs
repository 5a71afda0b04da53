//! The flags of `get` and its kin as typed: curl's names and meanings. What they amount to is in [`super::plan`].

mod connection;
mod following;
mod login;
mod output;
mod own;
mod proxy;
mod request;
mod timing;
mod tls;

use clap::{Args, Command};

pub(super) use connection::ConnectionArgs;
pub(super) use following::FollowArgs;
pub(crate) use login::LoginArgs;
pub(super) use output::OutputArgs;
pub(super) use own::OwnArgs;
pub(crate) use proxy::ProxyArgs;
pub(super) use request::{FORM_HELP, RequestArgs};
pub(super) use timing::TimingArgs;
pub(super) use tls::TlsArgs;

#[derive(Args, Debug)]
pub(super) struct GetArgs {
    /// URLs; without a scheme `http://` is assumed. They are never globbed. User name and password in them are sent.
    #[arg(required = true, value_name = "URL")]
    pub(super) urls: Vec<String>,
    #[command(flatten)]
    pub(super) request: RequestArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) follow: FollowArgs,
    #[command(flatten)]
    pub(super) login: LoginArgs,
    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
    #[command(flatten)]
    pub(super) proxy: ProxyArgs,
    #[command(flatten)]
    pub(super) tls: TlsArgs,
    #[command(flatten)]
    pub(super) timing: TimingArgs,
    #[command(flatten)]
    pub(super) own: OwnArgs,
}

/// The flags on `command`, read as curl reads them: the last of several counts, and whatever follows a flag that takes
/// a value is that value, a hyphen in front or not.
pub(super) fn on(command: Command) -> Command {
    GetArgs::augment_args(command.args_override_self(true)).mut_args(|arg| {
        let is_valued = !arg.is_positional()
            && arg.get_action().takes_values()
            && arg.get_num_args().is_none_or(|values| values.takes_values());
        if is_valued { arg.allow_hyphen_values(true) } else { arg }
    })
}
