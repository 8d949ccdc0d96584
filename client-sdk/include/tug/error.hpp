#pragma once

#include <tug/proto/error.hpp>

#include <boost/system/system_error.hpp>

#include <exception>
#include <string>

namespace tug {

/// Everything that can go wrong; each enumerator is documented with its remedy in <tug/proto/error.hpp>. Compare with
/// `e.code() == tug::errc::not_found`.
using errc = proto::errc;

/// The facts of an error: code, message, field, os_error, need, stored.
using failure = proto::failure;

/// What every call of the SDK throws, whether tugd, the connection or this side failed. code() is in tug's category.
class error : public boost::system::system_error {
public:
    explicit error(tug::failure why);

    /// What is known about it, e.g. `need`: the permission that the key lacks, or whose rules it does not pass.
    [[nodiscard]] const tug::failure& failure() const noexcept { return why_; }

    /// One line without control characters, fit for a terminal: the name, the cause and the remedy.
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

private:
    tug::failure why_;
    std::string text_;
};

/// The failure in what a call has completed with, without a throw in the code of the caller:
///
///     auto [e, made] = co_await client.exec(make, as_tuple(use_awaitable));
///     if (e) log(tug::failure_of(e).message);
///
/// Its code is success for a null pointer. What is no tug::error, as what a source, a sink or a callback of the caller
/// has thrown, is internal_error with the text of the exception; that of a coroutine that Asio cancelled is cancelled.
[[nodiscard]] failure failure_of(const std::exception_ptr& thrown);

} // namespace tug
