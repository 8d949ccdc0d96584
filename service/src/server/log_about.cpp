#include "server/log_about.hpp"

namespace tug::service {

std::vector<log::field> fields_about(const std::string& peer, const proto::trace_context* trace,
                                     std::initializer_list<log::field> what) {
    std::vector<log::field> out{{"peer", peer}};
    out.insert(out.end(), what);
    if (!trace) return out;
    out.emplace_back("traceparent", trace->traceparent);
    if (!trace->tracestate.empty()) out.emplace_back("tracestate", trace->tracestate);
    return out;
}

} // namespace tug::service
