#include "shared_file.hpp"

#include "cli/arguments/options.hpp"
#include "report.hpp"

#include <tug/error.hpp>

#include <boost/asio/this_coro.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;

/// A file that no other process sees and that goes with its last descriptor.
int open_nameless(const std::string& directory) {
    const int fd = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return fd;
    auto name = directory + "/tug-XXXXXX"; // a file system without O_TMPFILE
    const int named = ::mkostemp(name.data(), O_CLOEXEC);
    if (named >= 0) ::unlink(name.c_str());
    return named;
}

asio::awaitable<shared_descriptor> copy_of_stream(blocking_thread& on, shared_descriptor from) {
    const auto directory = environment("TMPDIR").value_or("/tmp");
    std::function<int()> open = [directory] { return open_nameless(directory); };
    auto to = co_await open_by(on, directory, std::move(open));
    for (;;) {
        auto piece = co_await read_piece(on, from, shared_file::block_size);
        if (piece.empty()) co_return to;
        const int why = co_await write_piece(on, to, std::move(piece));
        if (why != 0) throw_local("a copy of the input cannot be written to " + quoted_name(directory), why);
    }
}

/// What one pread gives, or its errno.
struct outcome {
    chunk bytes;
    int why = 0;
};

void read_block(int fd, std::uint64_t offset, std::size_t wanted, outcome& out) {
    out.bytes = chunk(wanted);
    while (out.bytes.size() < wanted) {
        const auto room = out.bytes.room();
        const auto n = ::pread(fd, room.data(), room.size(), static_cast<off_t>(offset + out.bytes.size()));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) out.why = errno;
        if (n <= 0) return;
        out.bytes.commit(static_cast<std::size_t>(n));
    }
}

} // namespace

asio::awaitable<std::unique_ptr<shared_file>> shared_file::open(blocking_thread& on, std::string local) {
    shared_descriptor from;
    if (local == "-")
        from = std::make_shared<const descriptor>(STDIN_FILENO);
    else
        from = co_await open_file(on, local, O_RDONLY);
    struct stat status{};
    if (::fstat(from->get(), &status) != 0) throw_local(quoted_name(local) + " cannot be read", errno);
    const bool file = local != "-" && S_ISREG(status.st_mode);
    const bool size_is_true = file && status.st_size > 0 && status.st_blocks > 0; // not so in /proc and /sys
    if (!size_is_true) from = co_await copy_of_stream(on, from);
    const auto executor = co_await asio::this_coro::executor;
    auto out = std::make_unique<shared_file>(on, executor, from);
    if (file) {
        out->mode_ = status.st_mode & 0777U;
        out->mtime_ns_ = status.st_mtim.tv_sec * ns_per_second + status.st_mtim.tv_nsec;
    }
    co_return out;
}

shared_file::shared_file(blocking_thread& on, asio::any_io_executor executor, shared_descriptor file)
    : on_(on), file_(std::move(file)), changed_(std::move(executor)) {
    struct stat status{};
    if (::fstat(file_->get(), &status) != 0) throw_local("the file cannot be read", errno);
    size_ = static_cast<std::uint64_t>(status.st_size);
}

asio::awaitable<chunk> shared_file::read(std::uint64_t offset, std::size_t most) {
    if (offset >= size_) co_return chunk();
    const auto number = offset / block_size;
    for (;;) {
        if (const auto* const bytes = find(number)) {
            const auto rest = bytes->text().substr(offset % block_size);
            co_return chunk::copy_of(rest.substr(0, most));
        }
        if (reading_)
            co_await changed_.wait();
        else
            co_await fetch(number);
    }
}

const chunk* shared_file::find(std::uint64_t number) {
    const auto at = std::ranges::find(blocks_, number, &block::number);
    if (at == blocks_.end()) return nullptr;
    blocks_.splice(blocks_.begin(), blocks_, at);
    return &blocks_.front().bytes;
}

asio::awaitable<void> shared_file::fetch(std::uint64_t number) {
    struct turn {
        shared_file& of;

        ~turn() {
            of.reading_ = false;
            of.changed_.notify();
        }
    };

    reading_ = true;
    const turn mine{*this};
    const auto offset = number * block_size;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(block_size, size_ - offset));
    const auto out = std::make_shared<outcome>();
    std::function<void()> job = [out, file = file_, offset, wanted] { read_block(file->get(), offset, wanted, *out); };
    co_await on_.run(std::move(job));
    if (out->why != 0) throw_local("the file cannot be read", out->why);
    if (out->bytes.size() < wanted)
        throw error(failure(errc::size_mismatch, "the file became shorter while it was sent"));
    ++reads_;
    blocks_.push_front({number, std::move(out->bytes)});
    if (blocks_.size() > kept_blocks) blocks_.pop_back();
}

} // namespace tug::cli
