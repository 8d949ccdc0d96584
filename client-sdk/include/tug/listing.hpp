#pragma once

#include <tug/detail/file_calls.hpp>
#include <tug/detail/initiate.hpp>
#include <tug/file_info.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace tug {

/// The entries of a directory as they come, made by files::list(), in memory that does not depend on how many there
/// are:
///
///     auto listing = co_await client.files().list("/var/log", tug::depth::all);
///     while (auto entry = co_await listing.next()) use(*entry);
///
/// Names come in the order of their bytes, a directory before what is in it. Destroying it before its end cancels the
/// call. Tokens, errors and threads: as client. One call at a time waits for the next entry.
class listing {
public:
    listing() = default;
    explicit listing(std::shared_ptr<detail::listing_state> state) noexcept;
    listing(listing&& other) noexcept;
    listing& operator=(listing&& other) noexcept;
    ~listing();

    /// The next entry; nothing at the end. Fails where the directory could not be opened, or the connection was lost.
    /// Cancellation stops the wait and nothing else.
    template <detail::token_for<std::optional<file_entry>> Token = detail::default_token>
    [[nodiscard]] auto next(Token&& token = Token()) {
        return detail::initiate(detail::next(state_), state_, std::forward<Token>(token));
    }

private:
    std::shared_ptr<detail::listing_state> state_;
};

} // namespace tug
