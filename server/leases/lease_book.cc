#include "server/leases/lease_book.h"

#include <algorithm>
#include <utility>

namespace winnow::server {

void LeaseBook::Add(const Lease& lease, bool cancel_requested) {
  std::lock_guard lock(mutex_);
  // One that the store has ended though it said that it had not: the stage has passed on.
  if (const auto before = token_of_.find(lease.stage); before != token_of_.end() && before->second != lease.token) {
    entries_.erase(before->second);
  }
  entries_[lease.token] = {
      .lease = lease, .expires = clock_->Now() + ttl_, .cancel_requested = cancel_requested, .ends_on_their_way = 0};
  token_of_[lease.stage] = lease.token;
}

void LeaseBook::AddOverdue(const Lease& lease) {
  std::lock_guard lock(mutex_);
  entries_[lease.token] = {.lease = lease, .expires = clock_->Now(), .cancel_requested = false, .ends_on_their_way = 0};
}

void LeaseBook::Remove(const std::string& token) {
  std::lock_guard lock(mutex_);
  const auto it = entries_.find(token);
  if (it == entries_.end()) return;
  // The stage may be under its next lease already.
  const auto stage = token_of_.find(it->second.lease.stage);
  if (stage != token_of_.end() && stage->second == token) token_of_.erase(stage);
  entries_.erase(it);
}

LeaseBook::Entry* LeaseBook::FindLive(const std::string& token) {
  const auto it = entries_.find(token);
  return it == entries_.end() || !IsLive(it->second) ? nullptr : &it->second;
}

std::optional<Renewal> LeaseBook::Renew(const std::string& token) {
  std::lock_guard lock(mutex_);
  Entry* const entry = FindLive(token);
  if (entry == nullptr) return std::nullopt;
  entry->expires = clock_->Now() + ttl_;
  return Renewal{.cancel_requested = entry->cancel_requested};
}

std::optional<Lease> LeaseBook::BeginEnd(const std::string& token) {
  std::lock_guard lock(mutex_);
  Entry* const entry = FindLive(token);
  if (entry == nullptr) return std::nullopt;
  ++entry->ends_on_their_way;
  return entry->lease;
}

void LeaseBook::AbandonEnd(const std::string& token) {
  std::lock_guard lock(mutex_);
  if (const auto it = entries_.find(token); it != entries_.end()) --it->second.ends_on_their_way;
}

std::vector<Lease> LeaseBook::TakeOverdue() {
  std::vector<std::pair<SteadyTime, Lease>> overdue;
  {
    std::lock_guard lock(mutex_);
    for (auto& [token, entry] : entries_) {
      if (IsLive(entry) || entry.ends_on_their_way > 0) continue;
      ++entry.ends_on_their_way;
      overdue.emplace_back(entry.expires, entry.lease);
    }
  }
  std::sort(overdue.begin(), overdue.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second.stage < b.second.stage;
  });
  std::vector<Lease> leases;
  for (auto& [expires, lease] : overdue) leases.push_back(std::move(lease));
  return leases;
}

std::vector<Lease> LeaseBook::TakeAll(const std::string& worker) {
  std::vector<Lease> leases;
  std::lock_guard lock(mutex_);
  for (auto& [token, entry] : entries_) {
    if (entry.lease.worker != worker) continue;
    entry.expires = std::min(entry.expires, clock_->Now());
    if (entry.ends_on_their_way > 0) continue;
    ++entry.ends_on_their_way;
    leases.push_back(entry.lease);
  }
  return leases;
}

std::vector<Lease> LeaseBook::RequestCancel(const std::vector<std::string>& stages) {
  std::vector<Lease> leases;
  std::lock_guard lock(mutex_);
  for (const std::string& stage : stages) {
    const auto token = token_of_.find(stage);
    if (token == token_of_.end()) continue;
    Entry& entry = entries_.at(token->second);
    entry.cancel_requested = true;
    if (IsLive(entry)) leases.push_back(entry.lease);
  }
  return leases;
}

std::optional<Lease> LeaseBook::Find(const std::string& token) const {
  std::lock_guard lock(mutex_);
  const auto it = entries_.find(token);
  return it == entries_.end() || !IsLive(it->second) ? std::nullopt : std::optional<Lease>(it->second.lease);
}

bool LeaseBook::CancelRequested(const std::string& token) const {
  std::lock_guard lock(mutex_);
  const auto it = entries_.find(token);
  return it != entries_.end() && it->second.cancel_requested;
}

std::vector<Lease> LeaseBook::LeasesOf(const std::string& worker, bool only_cancel_requested) const {
  std::vector<Lease> leases;
  std::lock_guard lock(mutex_);
  for (const auto& [token, entry] : entries_) {
    if (entry.lease.worker != worker || !IsLive(entry)) continue;
    if (entry.cancel_requested || !only_cancel_requested) leases.push_back(entry.lease);
  }
  return leases;
}

size_t LeaseBook::size() const {
  std::lock_guard lock(mutex_);
  return static_cast<size_t>(
      std::count_if(entries_.begin(), entries_.end(), [&](const auto& entry) { return IsLive(entry.second); }));
}

std::optional<SteadyTime> LeaseBook::NextExpiry() const {
  std::optional<SteadyTime> next;
  std::lock_guard lock(mutex_);
  for (const auto& [token, entry] : entries_) {
    if (entry.ends_on_their_way == 0 && (!next || entry.expires < *next)) next = entry.expires;
  }
  return next;
}

}  // namespace winnow::server
