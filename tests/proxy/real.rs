//! Real proxies, and curl as the judge.
