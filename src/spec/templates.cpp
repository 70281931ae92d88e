#include "spec/templates.h"

namespace volant::spec {
namespace {

constexpr std::string_view kRankingYaml =
    R"yaml(# A shop that shows each user first what they are most likely to open.
name: shop
subject: user                      # whose privacy is protected; holdback is a share of users

entities:
  user: { city: category }
  item: { title: text, category: category, price: double }

events:
  open: { user: id, item: id }
  buy:  { user: id, item: id, price: double }

features:
  user.recent:         { last: open.item, by: user, n: 20 }      # which items go together
  active.opens:        { count: open, by: user, window: 30d }
  active.spent:        { sum: buy.price, by: user, window: 90d }
  active.since_open:   { since: open, by: user }
  popular.opens_1d:    { count: open, by: item, window: 1d }
  popular.opens_7d:    { count: open, by: item, window: 7d }
  popular.buy_rate:    { ratio: [buy, open], by: item, window: 30d, prior: [1, 20] }
  item.category:       { attribute: item.category }
  price.item:          { attribute: item.price }
  pair.opens:          { count: open, by: [user, item], window: 7d }
  pair.category_opens: { count: open, by: [user, item.category], window: 30d }

models:
  open_item:
    decide:   { rank: item }
    inputs:   { device: string }               # comes with the request
    outcome:  { event: open, within: 30m, otherwise: 0 }
    features: [user.*, active.*, popular.*, item.*, price.*, pair.*]
    loop:
      online: true
      explore: 0.05                            # of the places, filled at random
      holdback: 0.1                            # of the users go on seeing what is popular
      retrain: { every: 1d, or_after: 10000 outcomes }
)yaml";

constexpr std::string_view kRankingReadme = R"md(# A shop that learns what to show first

    volant serve

Say what users do, ask for a ranking, and say what came of it (an `open` within 30 minutes counts by itself):

    curl localhost:7700/v1/events -d '{"event":"$set","item":"i1","properties":{"title":"Lamp","category":"light"}}'
    curl localhost:7700/v1/events -d '{"event":"open","user":"u1","item":"i1","id":"e1"}'
    curl localhost:7700/v1/predict/open_item -d '{"user":"u1","k":10,"input":{"device":"mobile"}}'

Until the first version is trained, the answers are by popularity (version 0). `volant status` shows the loop.
)md";

constexpr std::string_view kClassifyYaml =
    R"yaml(# Who is going to buy within a week? Asked at any time about any user, learned from what users did.
name: purchase
subject: user

entities:
  user: { plan: category, country: category }
  item: { category: category }

events:
  view:     { user: id, item: id, seconds: double }
  cart:     { user: id, item: id }
  purchase: { user: id, item: id, price: double }

features:
  user.plan:          { attribute: user.plan }
  user.country:       { attribute: user.country }
  user.views_1d:      { count: view, by: user, window: 1d }
  user.views_7d:      { count: view, by: user, window: 7d }
  user.long_views:    { count: view, by: user, window: 7d, where: { seconds: { ge: 30 } } }
  user.items_7d:      { distinct: view.item, by: user, window: 7d }
  user.carts_7d:      { count: cart, by: user, window: 7d }
  user.since_cart:    { since: cart, by: user }
  user.purchases:     { count: purchase, by: user, window: all }
  user.since_buy:     { since: purchase, by: user }
  user.spent_fading:  { decay: purchase.price, by: user, half_life: 30d }
  user.mean_price:    { mean: purchase.price, by: user, window: 365d }

models:
  buys:
    decide:   { classify: user }
    inputs:   { device: category }
    outcome:  { event: purchase, within: 7d, otherwise: 0 }
    examples: { at: view, every: 1d }          # history that was never served: at most one a day and user
    features: [user.*]
    loop:     { online: true, holdback: 0.05, retrain: { every: 1d } }
)yaml";

constexpr std::string_view kClassifyReadme = R"md(# Who is going to buy?

Bring the history: views, carts and purchases in one file with a column for the event (`event,customer,sku,at`, and
`seconds` or `price` where there are any), as an outcome that a later file brings comes too late. Then train and ask:

    volant import history.csv --map event=event,user=customer,item=sku,time=at
    volant train buys
    volant serve
    curl localhost:7700/v1/predict/buys -d '{"user":"u1","input":{"device":"mobile"}}'

The answer's `score` is the probability of a purchase within 7 days.
)md";

constexpr std::string_view kClicksYaml =
    R"yaml(# Click prediction: the label is a field of the event itself, its other fields come with the request.
name: clicks

events:
  impression: { click: bool, site: category, device: category, hour: int, position: int, banner: category }

models:
  click:
    decide:   { classify: impression.click }
    inputs:   { site: category, device: category, hour: int, position: int, banner: category }
    examples: { at: impression }
    learner:
      family: linear
      interactions: [[input, input]]           # each field with each other one
      bits: 22
    loop:     { online: true, retrain: { or_after: 100000 outcomes } }
)yaml";

constexpr std::string_view kClicksReadme = R"md(# Will it be clicked?

    volant import impressions.csv --events impression --map time=at
    volant train click
    volant serve
    curl localhost:7700/v1/predict/click -d '{"input":{"site":"news","device":"mobile","hour":9,"position":1,"banner":"b7"}}'
    curl localhost:7700/v1/feedback -d '{"prediction_id":"...","outcome":true}'
)md";

constexpr std::string_view kBookshopYaml =
    R"yaml(# The bookshop of the demo: its clock is moved by each request's Volant-Time header, so that months of
# readers pass in minutes. What readers like stands in no field; it is learned from what they do.
name: bookshop
subject: user
time: simulated

entities:
  user: { city: category, age_band: category }
  book: { title: text, category: category }

events:
  open:   { user: id, book: id }
  read:   { user: id, book: id, ms: int }
  finish: { user: id, book: id }

features:
  # Beside the ids of reader and book, which a ranking has by itself, these two groups are multiplied.
  user.city:              { attribute: user.city }
  user.recent:            { last: open.book, by: user, n: 20 }
  book.category:          { attribute: book.category }
  # How much is going on.
  active.opens:           { count: open, by: user, window: 30d }
  active.since_open:      { since: open, by: user }
  popular.opens_1d:       { count: open, by: book, window: 1d }
  popular.opens_7d:       { count: open, by: book, window: 7d }
  popular.read_ms:        { mean: read.ms, by: book, window: 30d }
  popular.finish_rate:    { ratio: [finish, open], by: book, window: 30d, prior: [1, 10] }
  # Reader and book, reader and kind of book: lately, and on the whole.
  pair.opens:             { count: open, by: [user, book], window: 7d }
  pair.finished:          { count: finish, by: [user, book], window: all }
  pair.category_opens:    { decay: open, by: [user, book.category], half_life: 7d }
  pair.category_reads:    { count: read, by: [user, book.category], window: 30d }
  pair.category_finishes: { count: finish, by: [user, book.category], window: all }
  # What friends do: those that `$link` with the relation `friend` leads to.
  friends.opens:          { decay: open, by: [user, book], half_life: 14d, through: friend }
  friends.category_opens: { decay: open, by: [user, book.category], half_life: 14d, through: friend }

models:
  open_book:
    decide:   { rank: book }
    outcome:  { event: open, within: 30m, otherwise: 0 }
    features: [user.*, book.*, active.*, popular.*, pair.*, friends.*]
    learner:
      family: linear
      interactions: [[user, book]]
      bits: 20
      passes: 4                                # over the whole history, at each retraining
      l2: 1.0e-5
    loop:
      online: true
      explore: 0.05
      holdback: 0.1                            # of the readers see what is popular
      random: 0.05                             # of the readers see books in random order
      retrain: { or_after: 50000 outcomes, score_drop: 10% }
      gate: { alpha: 0.05, outcomes: 5000, patience: 7d }
)yaml";

constexpr std::string_view kBookshopReadme = R"md(# The bookshop

`make demo` makes this workspace and lets thousands of simulated readers loose on it. By hand:

    volant serve &
    volant simulate

`volant status` shows the wheel: events, outcomes, versions, and the open rate of the learned, popular and
random arms. Requests carry the time: `Volant-Time: 2026-11-24T10:00:00Z`.
)md";

constexpr std::string_view kRepurchaseYaml =
    R"yaml(# Which customers buy again within 30 days? Over the invoices of Online Retail (UCI, CC BY 4.0).
name: repurchase
subject: user
time_zone: UTC                     # the file's times have no zone

entities:
  user: {}
  item: {}

events:
  # One line of an invoice. A negative quantity is a return.
  purchase: { user: id, item: id, invoice: category, quantity: int, price: double, country: category }

features:
  # How recently and how often: invoices of the last days.
  user.orders_7d:     { distinct: purchase.invoice, by: user, window: 7d }
  user.orders_14d:    { distinct: purchase.invoice, by: user, window: 14d }
  user.orders_30d:    { distinct: purchase.invoice, by: user, window: 30d }
  user.orders_60d:    { distinct: purchase.invoice, by: user, window: 60d }
  user.orders_90d:    { distinct: purchase.invoice, by: user, window: 90d }
  user.orders_180d:   { distinct: purchase.invoice, by: user, window: 180d }
  user.orders:        { distinct: purchase.invoice, by: user, window: all }
  # How much of it: lines, fading with time, different items, units.
  user.lines_7d:      { count: purchase, by: user, window: 7d }
  user.lines_30d:     { count: purchase, by: user, window: 30d }
  user.lines_90d:     { count: purchase, by: user, window: 90d }
  user.lines:         { count: purchase, by: user, window: all }
  user.fading_7d:     { decay: purchase, by: user, half_life: 7d }
  user.fading_30d:    { decay: purchase, by: user, half_life: 30d }
  user.fading_90d:    { decay: purchase, by: user, half_life: 90d }
  user.items_30d:     { distinct: purchase.item, by: user, window: 30d }
  user.items:         { distinct: purchase.item, by: user, window: all }
  user.quantity_30d:  { sum: purchase.quantity, by: user, window: 30d }
  user.quantity_90d:  { sum: purchase.quantity, by: user, window: 90d }
  user.largest:       { max: purchase.quantity, by: user, window: all }
  user.returns:       { count: purchase, by: user, window: all, where: { quantity: { lt: 0 } } }

models:
  buys_again:
    decide:   { classify: user }
    outcome:  { event: purchase, within: 30d, otherwise: 0 }
    examples: { at: purchase, every: 7d }      # at most one a week and customer, of what was known then
    features: [user.*]
    learner:  { family: linear, interactions: [[user, user]], passes: 40, early_stop: 3 }
)yaml";

constexpr std::string_view kRepurchaseReadme = R"md(# Who buys again?

    volant import online_retail.csv.gz --events purchase \
      --map user=CustomerID,item=StockCode,time=InvoiceDate,invoice=InvoiceNo \
      --map quantity=Quantity,price=UnitPrice,country=Country,-=Description
    volant train buys_again
    volant evaluate buys_again

An example is a customer at a purchase, with features as they were known then; its outcome is whether another
purchase followed within 30 days. The baseline is how often customers come back on the whole.
)md";

constexpr std::string_view kNextPlaceYaml =
    R"yaml(# Which place does somebody check in at next? Over the check-ins of Gowalla in New York City
# (Cho, Myers and Leskovec, KDD 2011).
name: next-place
subject: user
time_zone: UTC

entities:
  user:  {}
  venue: { area: category, block: category }   # squares of about 1 km and 200 m

events:
  checkin: { user: id, venue: id }

features:
  active.checkins:      { count: checkin, by: user, window: all }
  active.venues:        { distinct: checkin.venue, by: user, window: all }
  active.since:         { since: checkin, by: user }
  # The place: how much is going on there.
  popular.checkins_1d:  { decay: checkin, by: venue, half_life: 1d }
  popular.checkins_7d:  { count: checkin, by: venue, window: 7d }
  popular.checkins_90d: { count: checkin, by: venue, window: 90d }
  popular.users:        { distinct: checkin.user, by: venue, window: all }
  popular.since:        { since: checkin, by: venue }
  # The user's own history there, and near there.
  pair.visits:          { count: checkin, by: [user, venue], window: all }
  pair.fading:          { decay: checkin, by: [user, venue], half_life: 14d }
  pair.since:           { since: checkin, by: [user, venue] }
  near.area_visits:     { count: checkin, by: [user, venue.area], window: all }
  near.area_1d:         { decay: checkin, by: [user, venue.area], half_life: 1d }
  near.area_1h:         { decay: checkin, by: [user, venue.area], half_life: 1h }
  near.block_visits:    { count: checkin, by: [user, venue.block], window: all }
  near.block_1d:        { decay: checkin, by: [user, venue.block], half_life: 1d }
  near.block_1h:        { decay: checkin, by: [user, venue.block], half_life: 1h }
  # Those that `$link` with the relation `friend` leads to.
  friends.visits:       { count: checkin, by: [user, venue], window: all, through: friend }
  friends.fading:       { decay: checkin, by: [user, venue], half_life: 1d, through: friend }
  friends.area_1d:      { decay: checkin, by: [user, venue.area], half_life: 1d, through: friend }

models:
  next_place:
    decide:   { rank: venue }
    outcome:  { event: checkin, within: 1m, otherwise: 0 }
    examples: { at: checkin, negatives: 20 }   # the place of the check-in beside 20 others
    features: [active.*, popular.*, pair.*, near.*, friends.*]
    learner:
      family: linear
      interactions: [[near, near], [near, active], [active, pair]]
      bits: 20
    loop:     { online: true, explore: 0.02 }
)yaml";

constexpr std::string_view kNextPlaceReadme = R"md(# Where next?

    volant import places.tsv --events '$set'                            # venue, area, block
    volant import friends.tsv --events '$link' --map user=uid,to=fid    # uid, fid, relation
    volant import gowalla_nyc_checkins.tsv.gz --no-header --events checkin \
      --map user=column1,time=column2,venue=column5,-=column3,-=column4
    volant train next_place
    volant evaluate next_place

An example is a check-in, asked just before it: its place beside 20 sampled ones, with what was known then.
The baseline is popularity; `pair.*` is the user's own history.
)md";

constexpr Template kTemplates[] = {
    {"ranking", "a shop that ranks its items for each user", kRankingYaml, kRankingReadme},
    {"classify", "who will buy within a week, from behaviour", kClassifyYaml, kClassifyReadme},
    {"clicks", "click prediction over impressions and their fields", kClicksYaml, kClicksReadme},
    {"bookshop", "the demo's bookshop, in simulated time", kBookshopYaml, kBookshopReadme},
    {"repurchase", "who buys again, over the Online Retail invoices", kRepurchaseYaml,
     kRepurchaseReadme},
    {"next-place", "which place next, over Gowalla check-ins", kNextPlaceYaml, kNextPlaceReadme},
};

}  // namespace

std::span<const Template> templates() {
    return kTemplates;
}

const Template* find_template(std::string_view name) {
    for (const Template& one : kTemplates) {
        if (one.name == name) return &one;
    }
    return nullptr;
}

}  // namespace volant::spec
