#include "endpoints/job_attachment.hpp"

#include "tug/net/tokens.hpp"

#include <tug/os/errno.hpp>

#include <tug/net/blocking.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

using net::as_tuple;

/// Read in one trip to the pool, in bytes, as for get.
constexpr std::size_t history_at_once = 4 * proto::piece_size;

constexpr std::size_t changes = 0;
constexpr std::size_t held_input = 0;

std::uint64_t size_of(int file) {
    struct stat now{};
    return ::fstat(file, &now) == 0 ? static_cast<std::uint64_t>(now.st_size) : 0;
}

} // namespace

job_attachment::job_attachment(call& c, const proto::job_attach_params& params, proto::job_info at, job_directory in)
    : call_(c),
      params_(params),
      at_(std::move(at)),
      directory_(std::move(in)),
      holder_(c.get_executor()),
      changed_(c.changed()),
      tasks_(c.get_executor()) {}

proto::result<void> job_attachment::open() {
    auto marks = directory_.marks();
    if (!marks) return marks.error();
    marks_ = std::move(*marks);
    auto opened = open(out_, job_file::standard_output, job_marks::mark::out_kept_from, params_.standard_output);
    if (opened && at_.standard_error)
        opened = open(err_, job_file::standard_error, job_marks::mark::err_kept_from, params_.standard_error);
    if (opened && err_ && out_) err_->stream = 1;
    return opened;
}

proto::result<void> job_attachment::open(std::optional<followed>& to, const char* file, job_marks::mark kept_from,
                                         const proto::job_position& from) {
    using kind = proto::job_position::kind;
    if (from.type() == kind::none) return {};
    followed f;
    f.file = directory_.open_file(file, O_RDONLY);
    if (!f.file) return os::file_failure(errno, "cannot open the output of the job");
    f.kept_from = kept_from;
    const auto oldest = marks_.get(kept_from);
    const auto end = std::max(size_of(f.file.get()), oldest);
    if (from.type() == kind::kept) f.position = oldest;
    if (from.type() == kind::end) f.position = end;
    if (from.type() == kind::at) f.position = from.position();
    if (f.position < oldest || f.position > end) {
        proto::failure why(proto::errc::range_invalid, "position " + std::to_string(f.position) +
                                                           " is not within what is kept, " + std::to_string(oldest) +
                                                           " to " + std::to_string(end));
        why.kept_from = oldest;
        return why;
    }
    f.begin = f.position;
    ::posix_fadvise(f.file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    to = std::move(f);
    return {};
}

// --- what is written -------------------------------------------------------------------------------------------------

/// What was dropped meanwhile is not sent.
bool job_attachment::has_more(followed& f) const {
    const auto oldest = marks_.get(f.kept_from);
    if (oldest > f.position) {
        f.position = oldest;
        f.jumped = true;
    }
    return size_of(f.file.get()) > f.position;
}

/// Reads and digests, as get does, while the bytes are in the cache. The mark is looked at last: what lies before it
/// may have been zeros when it was read.
std::vector<job_attachment::positioned> job_attachment::read(followed& f, std::size_t most) const {
    std::vector<positioned> out;
    auto position = f.position;
    while (most > 0) {
        proto::chunk bytes(std::min(most, proto::piece_size));
        const auto n = ::pread(f.file.get(), bytes.room().data(), bytes.room().size(), static_cast<off_t>(position));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        bytes.commit(static_cast<std::size_t>(n));
        most -= bytes.size();
        out.push_back({std::move(bytes), position, f.digest});
        position += static_cast<std::uint64_t>(n);
    }
    const auto oldest = marks_.get(f.kept_from);
    std::erase_if(out, [&](const positioned& p) { return p.position < oldest; });
    for (auto& p : out) {
        p.digest_before = f.digest;
        f.digest.update(p.bytes.bytes());
    }
    return out;
}

asio::awaitable<void> job_attachment::send(followed& f) {
    for (;;) {
        const bool last = over_;
        if (!has_more(f)) {
            if (last) break;
            const auto [ec] = co_await changed_.async_wait(as_tuple);
            if (ec || call_.why_cancelled() != cancel_reason::none) break;
            continue;
        }
        const auto credit = co_await call_.credit(f.stream);
        if (!credit || *credit == 0) break;
        const auto most = std::min(call_.io().sendable(f.stream), history_at_once);
        const auto work = [&] { return read(f, most); };
        auto pieces = co_await net::run_blocking(call_.files(), work);
        const bool sent = co_await send_pieces(f, pieces);
        if (!sent) break;
    }
    --senders_;
    changed_.notify_all();
}

/// False where the client wants no more, or the call has to end.
asio::awaitable<bool> job_attachment::send_pieces(followed& f, std::vector<positioned>& pieces) {
    for (auto& p : pieces) {
        if (p.position != f.position) f.jumped = true;
        if (std::exchange(f.jumped, false)) call_.io().call().outbound[f.stream].set_offset(p.position);
        const auto size = p.bytes.size();
        const auto sent = co_await call_.write(f.stream, std::move(p.bytes));
        if (!sent || !*sent) {
            f.digest = p.digest_before;
            co_return false;
        }
        f.position = p.position + size;
        f.sent += size;
    }
    co_return true;
}

// --- the holder ------------------------------------------------------------------------------------------------------

/// False where there is none any more.
asio::awaitable<proto::result<bool>> job_attachment::follow() {
    const auto there = co_await holder_.connect(directory_);
    if (!there) co_return there.error();
    if (!*there) co_return false;
    boost::json::object asked;
    std::vector<proto::stream_spec> streams;
    streams.emplace_back("changes", proto::direction::to_client);
    if (params_.standard_input.wanted) {
        constexpr bool awaits_start = true;
        streams.emplace_back("stdin", proto::direction::to_server, false, false, awaits_start);
        asked["stdin"] =
            params_.standard_input.from ? boost::json::value(*params_.standard_input.from) : boost::json::value(true);
        asked["take_over"] = params_.take_over;
    }
    if (at_.terminal && out_) asked["redraw"] = true;
    const auto begun = holder_.start("follow", asked, streams);
    if (!begun) co_return begun.error();
    co_return true;
}

asio::awaitable<proto::result<void>> job_attachment::run() {
    over_ = at_.state != proto::job_state::running;
    proto::result<bool> followed_by = false;
    if (!over_) followed_by = co_await follow();
    if (!followed_by) {
        co_await holder_.close();
        co_return followed_by.error();
    }
    over_ = !*followed_by;
    for (auto* f : {&out_, &err_}) {
        if (!*f) continue;
        ++senders_;
        tasks_.spawn(send(**f));
    }
    if (!over_) {
        tasks_.spawn(hear_changes());
        tasks_.spawn(hear_end());
        if (params_.standard_input.wanted) tasks_.spawn(feed());
    }
    while (call_.why_cancelled() == cancel_reason::none && !(over_ && all_sent()))
        co_await changed_.async_wait(as_tuple);
    // A call that has to end has its waits fail by themselves; these are the others.
    changed_.notify_all();
    const auto refused = holder_.answer();
    call_.io().interrupt(proto::failure(proto::errc::cancelled));
    co_await holder_.close();
    tasks_.cancel();
    co_await tasks_.join();
    if (refused && !*refused && refused->error().code != proto::errc::connection_lost) co_return refused->error();
    co_return proto::result<void>();
}

asio::awaitable<void> job_attachment::hear_changes() {
    for (;;) {
        const auto piece = co_await holder_.io().read(changes);
        if (!piece || piece->empty()) co_return;
        changed_.notify_all();
    }
}

/// Also where the call has to end, which the holder does not say.
asio::awaitable<void> job_attachment::hear_end() {
    while (!holder_.answer()) {
        const auto [ec] = co_await holder_.changed().async_wait(as_tuple);
        if (ec) co_return;
    }
    over_ = true;
    changed_.notify_all();
}

/// The holder counts what it gets: what it did not get, the client sends again.
asio::awaitable<void> job_attachment::feed() {
    const auto begin = co_await holder_.io().start(held_input);
    if (!begin) co_return;
    call_.io().say_start(0, *begin);
    for (;;) {
        auto piece = co_await call_.read(0);
        if (!piece) co_return;
        if (piece->empty()) {
            holder_.io().send_eof(held_input);
            co_return;
        }
        const auto sent = co_await holder_.io().write(held_input, std::move(*piece));
        if (sent && *sent) continue;
        if (sent) call_.io().stop(0);
        co_return;
    }
}

void job_attachment::report(const proto::job_info& of, proto::exec_result& result) {
    const auto summary = [](followed& f, std::uint64_t written) {
        proto::stream_summary out{f.sent, f.digest.finish().to_string()};
        out.dropped = std::max(written, f.begin + f.sent) - f.begin - f.sent;
        return out;
    };
    const auto bytes_of = [](const std::optional<proto::job_output>& o) { return o ? o->bytes : 0; };
    static const proto::stream_summary nothing{0, proto::hasher(proto::digest_kind::xxh3_128).finish().to_string()};
    result.standard_output = out_ ? summary(*out_, of.standard_output.bytes) : nothing;
    // One for each stream that the call has.
    result.standard_error.reset();
    if (params_.standard_error.type() != proto::job_position::kind::none)
        result.standard_error = err_ ? summary(*err_, bytes_of(of.standard_error)) : nothing;
}

} // namespace tug::service
