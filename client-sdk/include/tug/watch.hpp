#pragma once

#include <tug/detail/file_calls.hpp>
#include <tug/detail/initiate.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tug {

enum class watch_event_kind {
    ready,     ///< All is watched: from here on everything is told.
    created,   ///< It is there now. What is in a directory that appears is told too, some of it twice.
    changed,   ///< Its content, mode, owner or time.
    removed,   ///< It is gone, with all that was in it.
    renamed,   ///< It has another name, with all that is in it.
    overflow,  ///< More happened than the host could keep: something was missed, look at everything again.
    unwatched, ///< A directory that could not be watched: nothing will be told of what is in it.
};

/// "ready", "created", "changed", "removed", "renamed", "overflow" or "unwatched".
[[nodiscard]] std::string_view name_of(watch_event_kind kind) noexcept;

/// Something that happened in a directory that is watched.
struct watch_event {
    watch_event_kind kind = watch_event_kind::changed;
    std::string path;       ///< Relative to what is watched, which is "."; any bytes.
    std::string from;       ///< Of renamed: what it was called.
    bool directory = false; ///< It is one.
    std::string error;      ///< Of unwatched: the name of the errno, "EACCES".
};

/// What happens in a directory or to a file of the host, made by files::watch():
///
///     auto watch = co_await client.files().watch("src", tug::depth::all);
///     while (auto event = co_await watch.next()) use(*event);
///
/// A program that does not take its events costs neither side memory: what it misses then is `overflow`. Destroying it
/// ends the watch. Tokens, errors and threads: as client. One call at a time waits for the next event.
class watch {
public:
    watch() = default;
    explicit watch(std::shared_ptr<detail::watch_state> state) noexcept;
    watch(watch&& other) noexcept;
    watch& operator=(watch&& other) noexcept;
    ~watch();

    /// The next event; nothing where what was watched is gone, which was told. Fails where it could not be watched
    /// (not_found; busy where a limit of the host is reached), or the connection was lost. Cancellation stops the wait
    /// and nothing else.
    template <detail::token_for<std::optional<watch_event>> Token = detail::default_token>
    [[nodiscard]] auto next(Token&& token = Token()) {
        return detail::initiate(detail::next(state_), state_, std::forward<Token>(token));
    }

private:
    std::shared_ptr<detail::watch_state> state_;
};

} // namespace tug
