#include "sources.hpp"

#include "cli/local/report.hpp"
#include "target.hpp"
#include "usage_error.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

namespace tug::cli {

namespace {

bool is_pattern(const file_options& f) {
    return f.local != "-" && !f.length && f.offset == 0 &&
           base_name(f.remote).find_first_of("*?[") != std::string_view::npos;
}

/// The last word of put, and all but the last one of get, are on the host.
void check_words(bool put, const std::vector<std::string>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool last = i + 1 == words.size();
        if (is_remote(words[i]) == (last == put)) continue;
        throw usage_error(quoted_name(words[i]) + (is_remote(words[i]) ? " is on a host" : " is on no host"),
                          put ? "write LOCAL... HOST:DIR, or use cp" : "write HOST:PATH... LOCAL, or use cp");
    }
}

void check_flags(const options& o) {
    const auto& f = o.file;
    const bool alone = f.in_place || f.mode || f.no_follow || f.no_overwrite || f.make_parents || f.offset > 0 ||
                       f.length || !o.source.files_from.empty() || o.transfer.if_match;
    if (alone || std::ranges::find(o.copy.paths, "-") != o.copy.paths.end())
        throw usage_error("a flag, or -, is given that is for one file alone", "transfer the files one by one");
}

/// LOCAL may hold a colon, but what looks like HOST:PATH and is no file here is meant as that.
void refuse_remote(bool put, const std::string& local) {
    if (!is_remote(local) || ::access(local.c_str(), F_OK) == 0) return;
    throw usage_error(quoted_name(local) + " is on a host",
                      std::string(put ? "write LOCAL HOST:PATH" : "write HOST:PATH LOCAL") +
                          ", or use cp; a local name that holds a colon begins with ./");
}

} // namespace

void take_sources(options& o) {
    auto& f = o.file;
    const bool put = o.command == "put";
    if (o.source.more.empty()) refuse_remote(put, f.local);
    if (o.fan.many() && o.source.more.empty()) return;
    if (o.fan.many())
        throw usage_error("--on takes one source", "transfer the files one by one, or the directory that they are in");
    if (o.source.more.empty() && (put || !is_pattern(f))) return;
    auto& words = o.copy.paths;
    words = put ? std::vector{f.local, f.remote} : std::vector{f.remote, f.local};
    for (auto& word : o.source.more) words.push_back(std::move(word));
    o.source.more.clear();
    check_words(put, words);
    check_flags(o);
    (put ? f.remote : f.local) = words.back();
    o.copy.no_durable = f.no_durable;
}

} // namespace tug::cli
