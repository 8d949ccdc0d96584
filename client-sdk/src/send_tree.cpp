#include "run_trees.hpp"

#include "file_threads.hpp"
#include "local_tree.hpp"
#include "tree_calls.hpp"

#include <tug/net/task_group.hpp>
#include <tug/net/tree_streams.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <optional>
#include <utility>
#include <vector>

namespace tug::detail {

namespace asio = boost::asio;
using proto::errc;
using proto::failure;

namespace {

os::tree_read_options reading(const tree_options::settings_type& set) {
    os::tree_read_options out;
    out.exclude = proto::name_patterns(set.exclude);
    out.owner = set.owner;
    out.contents = !set.dry_run;
    out.digests = set.compare == tree_compare::digests;
    out.remove = set.remove;
    out.delta = set.delta;
    out.whole = set.mode == tree_mode::replace;
    return out;
}

/// A tree of this host that is sent, and what is known of it.
struct outgoing_tree {
    os::have_entries has;
    std::optional<os::tree_reader> reader;
    std::optional<os::tree_reader> all; ///< Of the same tree, where it is to be counted.
    std::optional<proto::tree_amount> total;
    std::vector<os::tree_change> changes; ///< Not told yet.
};

/// Sends the tree and its eof. False where the server has answered before.
asio::awaitable<proto::result<bool>> send_entries(pending& p, net::blocking_pool& threads, outgoing_tree& tree,
                                                  const tree_options::settings_type& set, std::string& digest) {
    proto::hasher hasher(proto::digest_kind::xxh3_128);
    auto& from = *tree.reader;
    const auto look = [&tree, &from] { return amounts(from.passed(), tree.total); };
    const auto progress = teller(set, look, [&tree] { return std::exchange(tree.changes, {}); });
    std::optional<proto::packer> packer;
    if (set.compress) packer.emplace(*set.compress);
    auto sent = co_await net::send_tree(p.io(), threads, from, tree.has, hasher, tree_streams, progress,
                                        packer ? &*packer : nullptr);
    if (p.answer()) co_return false;
    if (!sent || !*sent) co_return sent;
    digest = hasher.finish().to_string();
    p.io().send_eof(tree_streams.data, digest);
    co_return true;
}

/// What is to be sent. Blocks.
proto::result<void> open_outgoing(outgoing_tree& tree, const std::string& local,
                                  const tree_options::settings_type& set) {
    auto how = reading(set);
    if (set.compare != tree_compare::nothing) how.have = &tree.has;
    if (set.change) how.changes = &tree.changes;
    auto reader = open_local_tree(local, std::move(how));
    if (!reader) return reader.error();
    tree.reader.emplace(std::move(*reader));
    if (!set.progress) return {};
    os::tree_read_options count;
    count.exclude = proto::name_patterns(set.exclude);
    count.contents = false;
    auto all = open_local_tree(local, std::move(count));
    if (!all) return all.error();
    tree.all.emplace(std::move(*all));
    return {};
}

asio::awaitable<proto::result<tree_summary>> put_tree(std::shared_ptr<session> s, outgoing_tree& tree,
                                                      proto::tree_put_params params,
                                                      const tree_options::settings_type& set) {
    auto& threads = file_threads::of(s->executor());
    auto begun = co_await s->begin_call(params);
    if (!begun) co_return begun.error();
    const auto& p = *begun;
    call_guard guard(s, p);
    std::string digest;
    proto::result<bool> sent = failure(errc::cancelled);
    try {
        sent = co_await send_entries(*p, threads, tree, set, digest);
    } catch (const boost::system::system_error& e) {
        // What a co_await throws in a coroutine that was cancelled.
        if (e.code() != asio::error::operation_aborted) throw;
    }
    if (!sent && sent.error().code != errc::cancelled) co_return of_this_side(sent.error());
    co_await asio::this_coro::throw_if_cancelled(false);
    proto::result<boost::json::value> answer = failure(errc::cancelled);
    if (sent) answer = co_await p->wait();
    const bool cancelled = !p->answer();
    if (cancelled) answer = co_await cancel_and_wait(s, p);
    // From the rename on a cancel comes too late: then the tree is stored, and that is the truth.
    if (cancelled && !(sent && *sent && answer)) co_return errc::cancelled;
    if (answer && !*sent) co_return failure(errc::protocol_violation, "the server stored a tree before it had all");
    const auto result = check_tree(answer, digest);
    if (!result) co_return result.error();
    auto summary = summary_of(tree.reader->counts());
    if (!set.dry_run && set.mode == tree_mode::merge) summary.removed = result->removed;
    summary.digest = std::move(digest);
    co_return summary;
}

asio::awaitable<proto::result<tree_summary>> send_once(std::shared_ptr<session> s, const std::string& local,
                                                       std::string remote, const tree_options::settings_type& set) {
    auto params = params_for<proto::tree_put_params>(set, std::move(remote));
    params.into = set.into;
    params.mode = to_wire(set.mode);
    params.make_parents = set.make_parents;
    params.durable = set.durable;
    params.resume = set.resume;
    auto& threads = file_threads::of(s->executor());
    outgoing_tree tree;
    const auto open = [&] { return open_outgoing(tree, local, set); };
    const auto opened = co_await net::run_blocking(threads, open);
    if (!opened) co_return opened.error();
    net::task_group beside(s->executor());
    if (tree.all) beside.spawn(net::count_tree(threads, *tree.all, tree.total));
    proto::result<tree_summary> summary = failure(errc::cancelled);
    std::exception_ptr thrown; // the count must not outlive this
    try {
        summary = co_await put_tree(s, tree, std::move(params), set);
    } catch (...) {
        thrown = std::current_exception();
    }
    beside.cancel();
    co_await beside.join();
    if (thrown) std::rethrow_exception(thrown);
    co_return summary;
}

} // namespace

asio::awaitable<proto::result<tree_summary>> send_local_tree(std::shared_ptr<session> s, std::string local,
                                                             std::string remote, tree_options how) {
    if (auto ok = check_tree_options(how.settings()); !ok) co_return ok.error();
    auto summary = co_await send_once(s, local, remote, how.settings());
    if (!is_untrue_delta(summary, how.settings())) co_return summary;
    how.delta(false);
    co_return co_await send_once(s, local, remote, how.settings());
}

} // namespace tug::detail
