//! A connection as `std::io` knows them.
