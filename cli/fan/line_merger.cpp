#include "line_merger.hpp"

#include <algorithm>
#include <utility>

namespace tug::cli {

namespace {

std::size_t size_of(const auto& runs) {
    std::size_t bytes = 0;
    for (const auto& one : runs) bytes += one.text.size();
    return bytes;
}

} // namespace

bool line_merger::admits(std::size_t host) {
    if (by_ == merge_order::live || owner_ == host || kept_ < most_.most_kept) return true;
    if (!folds_.empty()) release_folds();
    if (kept_ < most_.most_kept) return true;
    if (owner_) return false;
    give_output_to(host);
    return true;
}

void line_merger::take(std::size_t host, output_stream from, std::string_view text) {
    auto& line = hosts_[host].line[from == output_stream::err];
    if (const auto end = text.rfind('\n'); end != std::string_view::npos) {
        auto lines = std::exchange(line, {});
        lines.append(text.substr(0, end + 1));
        text.remove_prefix(end + 1);
        pass_on(host, from, std::move(lines));
    }
    while (line.size() + text.size() > most_.longest_line) {
        const auto rest = most_.longest_line - line.size();
        line.append(text.substr(0, rest)).push_back('\n');
        text.remove_prefix(rest);
        pass_on(host, from, std::exchange(line, {}));
    }
    line.append(text);
}

void line_merger::ended(std::size_t host) {
    for (const auto from : {output_stream::out, output_stream::err}) {
        auto& line = hosts_[host].line[from == output_stream::err];
        if (!line.empty()) pass_on(host, from, std::exchange(line, {}).append("\n"));
    }
    if (by_ == merge_order::folded && !hosts_[host].alone) return fold_with_equals(host);
    if (owner_ && owner_ != host) {
        waiting_.push_back(host);
        return;
    }
    release(host);
    owner_.reset();
    for (const auto other : std::exchange(waiting_, {})) release(other);
}

void line_merger::finish() {
    release_folds();
}

std::optional<line_merger::piece> line_merger::next() {
    if (ready_.empty()) return std::nullopt;
    auto out = std::move(ready_.front());
    ready_.pop_front();
    return out;
}

void line_merger::pass_on(std::size_t host, output_stream from, std::string lines) {
    if (by_ == merge_order::live || owner_ == host)
        ready_.push_back({{host}, from, std::move(lines)});
    else
        keep(hosts_[host], from, std::move(lines));
}

/// In a group the lines of both streams stay in their order. What is to be folded is equal where each stream is: in
/// which order the two were read is chance.
void line_merger::keep(one_host& of, output_stream from, std::string lines) {
    kept_ += lines.size();
    auto& runs = of.runs;
    auto at = runs.end();
    if (by_ == merge_order::folded)
        at = std::ranges::find(runs, from, &run::from);
    else if (!runs.empty() && runs.back().from == from)
        at = runs.end() - 1;
    if (at != runs.end())
        at->text += lines;
    else
        runs.insert(by_ == merge_order::folded && from == output_stream::out ? runs.begin() : runs.end(),
                    {from, std::move(lines)});
}

void line_merger::give_output_to(std::size_t host) {
    release(host);
    owner_ = host;
    hosts_[host].alone = true;
}

/// What is kept of a host goes out.
void line_merger::release(std::size_t host) {
    for (auto& [from, text] : std::exchange(hosts_[host].runs, {})) {
        kept_ -= text.size();
        ready_.push_back({{host}, from, std::move(text)});
    }
}

void line_merger::release_folds() {
    for (auto& one : folds_) std::ranges::sort(one.hosts);
    std::ranges::sort(folds_, {}, [](const fold& one) { return one.hosts.front(); });
    for (auto& one : std::exchange(folds_, {})) {
        kept_ -= size_of(one.runs);
        for (auto& [from, text] : one.runs) ready_.push_back({one.hosts, from, std::move(text)});
    }
}

void line_merger::fold_with_equals(std::size_t host) {
    auto runs = std::exchange(hosts_[host].runs, {});
    if (runs.empty()) return;
    const auto equal = std::ranges::find(folds_, runs, &fold::runs);
    if (equal == folds_.end()) {
        folds_.push_back({{host}, std::move(runs)});
        return;
    }
    kept_ -= size_of(runs);
    equal->hosts.push_back(host);
}

} // namespace tug::cli
