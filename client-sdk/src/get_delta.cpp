#include "get_delta.hpp"

#include "delta_base.hpp"
#include "file_threads.hpp"

#include <tug/net/blocking.hpp>
#include <tug/net/task_group.hpp>
#include <tug/proto/block_delta.hpp>

#include <exception>
#include <string>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using proto::errc;
using proto::failure;

namespace {

/// Ends early where the file cannot be read any further: the server then sends the rest.
asio::awaitable<void> send_digests(std::shared_ptr<pending> p, net::blocking_pool& threads, os::file_digest& of) {
    bool readable = true;
    while (readable && !of.done()) {
        std::string made;
        const auto step = [&] { return of.step(os::range_digest::step_bytes, made); };
        const auto stepped = co_await net::run_blocking(threads, step);
        readable = stepped.has_value();
        const auto sent = co_await p->io().write(proto::have_index, proto::chunk::copy_of(made));
        if (!sent || !*sent) co_return;
    }
    if (!p->answer()) p->io().send_eof(proto::have_index);
}

} // namespace

asio::awaitable<proto::result<std::optional<local_base>>> begin_delta(std::shared_ptr<session> s, file_writer& file) {
    auto& threads = file_threads::of(s->executor());
    const auto open = [&file] { return file.open_base(); };
    auto base = co_await net::run_blocking(threads, open);
    const auto block = base && base->size >= proto::block_delta::smallest_file
                           ? proto::block_delta::block_for(base->size)
                           : std::nullopt;
    if (!block) co_return std::optional<local_base>();
    const auto copy = [&] { return file.copy_base(base->fd.get(), base->size); };
    for (bool done = false; !done;) {
        const auto copied = co_await net::run_blocking(threads, copy);
        if (!copied) co_return copied.error();
        done = *copied;
    }
    os::digest_range all;
    all.block = *block;
    auto blocks = os::file_digest::begin(std::move(*base), all);
    if (!blocks) co_return blocks.error();
    local_base out{std::move(*blocks), *block};
    co_return std::optional(std::move(out));
}

asio::awaitable<proto::result<void>> beside_digests(std::shared_ptr<session> s, std::shared_ptr<pending> p,
                                                    local_base& base, asio::awaitable<proto::result<void>> receiving) {
    net::task_group beside(s->executor());
    beside.spawn(send_digests(p, file_threads::of(s->executor()), base.blocks));
    proto::result<void> received = failure(errc::cancelled);
    std::exception_ptr thrown; // the sender must not outlive this
    try {
        received = co_await std::move(receiving);
    } catch (...) {
        thrown = std::current_exception();
    }
    beside.cancel();
    co_await beside.join();
    if (thrown) std::rethrow_exception(thrown);
    co_return received;
}

} // namespace tug::detail
