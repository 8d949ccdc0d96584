// file.watch: what happens in a directory, as lines of JSON, until the client has enough.

#include "endpoints/endpoints.hpp"
#include "endpoints/send_text.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"

#include <tug/net/blocking.hpp>
#include <tug/os/errno.hpp>
#include <tug/os/tree_watch.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>

#include <fcntl.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::size_t told_stream = 0; // the one stream

/// What one trip to the pool brings.
constexpr std::size_t events_at_once = 4'096;

proto::watch_event to_wire(os::watch_event_kind kind) {
    switch (kind) {
    case os::watch_event_kind::ready: return proto::watch_event::ready;
    case os::watch_event_kind::created: return proto::watch_event::created;
    case os::watch_event_kind::changed: return proto::watch_event::changed;
    case os::watch_event_kind::removed: return proto::watch_event::removed;
    case os::watch_event_kind::renamed: return proto::watch_event::renamed;
    case os::watch_event_kind::unwatched: return proto::watch_event::unwatched;
    case os::watch_event_kind::overflow: break;
    }
    return proto::watch_event::overflow;
}

/// The lines of one watch, made on file threads.
class watching {
public:
    [[nodiscard]] proto::result<void> open(context& shared, const caller& who, const proto::file_watch_params& params) {
        // The root of the caller as one of its own: it is looked into again when directories appear.
        auto own = in_root_of(shared.files, who, [](const os::root& files) { return files.open_below("/"); });
        if (!own) return own.error();
        auto watch = os::tree_watch::begin(std::move(*own), params.path, params.recursive);
        if (!watch) return watch.error();
        watch_.emplace(std::move(*watch));
        return {};
    }

    /// Whole lines of what has happened; none where nothing has.
    [[nodiscard]] proto::result<std::string> next() {
        auto happened = watch_->take(events_at_once);
        if (!happened) return happened.error();
        std::string lines;
        for (auto& event : *happened) {
            ++counts_.events;
            if (event.kind == os::watch_event_kind::overflow) ++counts_.overflows;
            proto::file_watch_line line;
            line.event = to_wire(event.kind);
            line.path = std::move(event.path);
            line.from = std::move(event.from);
            line.directory = event.directory;
            if (event.error != 0) line.error = os::errno_name(event.error);
            lines += json::serialize(line.to_json());
            lines += '\n';
        }
        return lines;
    }

    [[nodiscard]] bool has_more() const noexcept { return watch_->has_more(); }

    [[nodiscard]] bool over() const noexcept { return watch_->over(); }

    [[nodiscard]] int descriptor() const noexcept { return watch_->descriptor(); }

    [[nodiscard]] const proto::file_watch_result& counts() const noexcept { return counts_; }

private:
    std::optional<os::tree_watch> watch_;
    proto::file_watch_result counts_;
};

/// Waits until there is something to read, the call has to end, or the client wants no more.
asio::awaitable<void> wait_for_events(call& c, int descriptor) {
    // The descriptor is another one after an overflow, so it is registered for each wait.
    asio::posix::stream_descriptor readable(c.get_executor(), ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
    const auto happened = std::make_shared<bool>(false);
    readable.async_wait(asio::posix::stream_descriptor::wait_read,
                        [&c, happened = std::weak_ptr<bool>(happened)](boost::system::error_code) {
                            const auto alive = happened.lock();
                            if (!alive) return;
                            *alive = true;
                            c.changed().notify_all();
                        });
    const auto ended = [&c] {
        return c.why_cancelled() != cancel_reason::none || c.io().call().outbound[told_stream].stopped();
    };
    while (!*happened && !ended()) co_await c.changed().async_wait(asio::as_tuple(asio::use_awaitable));
}

} // namespace

asio::awaitable<answer> file_watch(context& shared, call& c, proto::file_watch_params params) {
    watching watch;
    const auto open = [&] { return watch.open(shared, c.who(), params); };
    if (const auto begun = co_await net::run_blocking(c.files(), open); !begun) co_return begun.error();
    // While there is no credit nothing is read, and the queue of the kernel fills.
    for (;;) {
        const auto credit = co_await c.credit(told_stream);
        if (!credit) co_return credit.error();
        if (*credit == 0) break;
        const auto work = [&watch] { return watch.next(); };
        const auto lines = co_await net::run_blocking(c.files(), work);
        if (!lines) co_return lines.error();
        const auto sent = co_await send_text(c, told_stream, *lines);
        if (!sent) co_return sent.error();
        if (!*sent || watch.over()) break;
        if (lines->empty() && !watch.has_more()) co_await wait_for_events(c, watch.descriptor());
    }
    co_return json::value(watch.counts().to_json());
}

} // namespace tug::service
