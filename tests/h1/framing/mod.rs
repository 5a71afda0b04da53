//! Where a response ends, and what of the connection is left: RFC 9112 §6.3, §8 and §9.3.

mod hostile;
mod limits;
mod mutated;
mod paced;
mod table;
