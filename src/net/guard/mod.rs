//! Which hosts and addresses may be connected to at all.
//!
//! ```text
//!   host ─▶ host lists ─▶ lookup ─▶ each address: denied? ─▶ allowed? ─▶ the rest ─▶ TCP
//! ```

mod address;
mod cidr;
mod public;

pub use address::AddressGuard;
pub use cidr::Cidr;
