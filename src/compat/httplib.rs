//! The steps of Python's `http.client`.
