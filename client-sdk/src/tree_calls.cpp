#include "tree_calls.hpp"

#include "local_tree.hpp"
#include "rate_limit.hpp"

#include <utility>

namespace tug::detail {

using proto::errc;
using proto::failure;

proto::have_list to_wire(tree_compare by) noexcept {
    switch (by) {
    case tree_compare::nothing: return proto::have_list::none;
    case tree_compare::times: return proto::have_list::times;
    case tree_compare::digests: break;
    }
    return proto::have_list::digests;
}

proto::tree_mode to_wire(tree_mode mode) noexcept {
    switch (mode) {
    case tree_mode::merge: return proto::tree_mode::merge;
    case tree_mode::fresh: return proto::tree_mode::fresh;
    case tree_mode::replace: break;
    }
    return proto::tree_mode::replace;
}

tree_summary summary_of(const os::tree_counts& counts) {
    tree_summary out;
    out.files = counts.files;
    out.directories = counts.directories;
    out.symlinks = counts.symlinks;
    out.bytes = counts.bytes;
    out.unchanged = counts.unchanged;
    out.removed = counts.removed;
    out.skipped = counts.skipped;
    out.changed = counts.changed;
    out.patched = counts.patched;
    out.reused = counts.reused;
    for (const auto& [path, why] : counts.notes) out.notes.push_back({path, why});
    return out;
}

proto::result<proto::tree_result> check_tree(const proto::result<boost::json::value>& answer,
                                             const std::string& digest) {
    if (!answer) return answer.error();
    const auto* members = answer->if_object();
    if (!members) return failure(errc::protocol_violation, "the result of a tree is no object");
    auto result = proto::tree_result::parse(*members);
    if (!result) return failure(errc::protocol_violation, "the result of a tree: " + result.error().message);
    if (result->digest != digest) return failure(errc::digest_mismatch, "other bytes came of the tree than were sent");
    return result;
}

proto::result<void> check_tree_options(const tree_options::settings_type& set) {
    if (!set.delta || set.compare != tree_compare::nothing) return {};
    return failure::bad_field("delta", "goes with compare(): what is there has to be known");
}

bool is_untrue_delta(const proto::result<tree_summary>& summary, const tree_options::settings_type& set) {
    return !summary && summary.error().code == errc::digest_mismatch && set.delta;
}

failure of_this_side(const failure& why) {
    return why.os_error.empty() ? why : as_local(why);
}

namespace {

tree_amount amount_of(const std::optional<proto::tree_amount>& amount) {
    return amount ? tree_amount{amount->files, amount->bytes} : tree_amount();
}

tree_change::kind kind_of(os::tree_change::kind what) {
    switch (what) {
    case os::tree_change::kind::written: return tree_change::kind::written;
    case os::tree_change::kind::attributes: return tree_change::kind::attributes;
    case os::tree_change::kind::removed: break;
    }
    return tree_change::kind::removed;
}

file_type type_of(proto::file_type type) {
    if (type == proto::file_type::directory) return file_type::directory;
    return type == proto::file_type::symlink ? file_type::symlink : file_type::file; // no other is carried
}

} // namespace

net::tree_progress teller(const tree_options::settings_type& set, std::function<amounts()> look,
                          std::function<std::vector<os::tree_change>()> changes) {
    if (!set.progress && !set.limit_rate && !set.change) return {};
    return [&set, look = std::move(look), changes = std::move(changes), limit = rate_limit(set.limit_rate),
            bytes = std::uint64_t{0}](std::size_t passed) mutable {
        bytes += passed;
        const auto [done, total] = look();
        tree_progress now;
        now.bytes = bytes;
        now.done = amount_of(done);
        if (total) now.total = amount_of(total);
        if (set.progress) set.progress(now);
        if (set.change)
            for (auto& change : changes())
                set.change({std::move(change.path), kind_of(change.what), type_of(change.type), change.size});
        return limit.pass(passed, rate_limit::clock::now());
    };
}

} // namespace tug::detail
