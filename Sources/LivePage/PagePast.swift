import Foundation
import LiveFarm
import Steering
import Synchronization

/// What the page shows: a row of each function and farm, numbered as they change, and the last minutes of each.
final class PagePast: Sendable {
    /// Points of a row that are kept: eight minutes of a farm, forty of a function that is decided about every ten seconds.
    static let points = 240
    static let decisions = 30
    /// Between two points of a farm.
    static let spacing = 2.0
    /// For how long it is known what is gone, in changes; who has seen less gets everything.
    static let mostGone = 4_096

    private struct Row {
        var version = 0
        var text = ""
        var points = RecentTexts(limit: PagePast.points)
        var decisions = RecentTexts(limit: PagePast.decisions)
        /// When the last point was.
        var time = 0.0
        /// Of the last decision.
        var number = 0

        mutating func take(_ row: String, _ point: String, decision: String, number: Int, version: Int) {
            (self.version, text, self.number) = (version, row, number)
            points.add(point)
            decisions.add(decision)
        }

        /// - Parameter version: nil: the row is as it was.
        mutating func take(_ row: String, _ reading: FarmMeter.Reading, version: Int?, at now: Double) {
            if let version { (self.version, text) = (version, row) }
            guard now - time >= PagePast.spacing else { return }
            time = now
            points.add(FarmRow.point(reading, at: now))
        }
    }

    private struct State {
        var rows: [PageItem: Row] = [:]
        var version = 0
        var gone: [(version: Int, item: PageItem)] = []
        /// Whoever has seen less than this has not been told of all that is gone.
        var whole = 0
        /// As the last message had it.
        var isStopping = false
    }

    private let state = Mutex(State())

    /// A decision was posted.
    func take(_ entry: SteeringBoard.Entry) {
        let (row, point, decision) = (FunctionRow.row(entry), FunctionRow.point(entry), FunctionRow.decision(entry))
        state.withLock { state in
            state.version += 1
            let version = state.version
            state.rows[.function(entry.settings.function), default: Row()].take(
                row, point, decision: decision, number: entry.decision.number, version: version)
        }
    }

    /// All farms that are open.
    func take(_ readings: [(number: Int, reading: FarmMeter.Reading)], at now: Double) {
        let texts = readings.map {
            (item: PageItem.farm($0.number), row: FarmRow.row($0.number, $0.reading), reading: $0.reading)
        }
        let open = Set(texts.map(\.item))
        state.withLock { state in
            for (item, row, reading) in texts {
                let isNews = state.rows[item]?.text != row
                if isNews { state.version += 1 }
                let version = isNews ? state.version : nil
                state.rows[item, default: Row()].take(row, reading, version: version, at: now)
            }
            for case .farm(let number) in Array(state.rows.keys) where !open.contains(.farm(number)) {
                state.rows[.farm(number)] = nil
                state.version += 1
                state.gone.append((state.version, .farm(number)))
            }
            while state.gone.count > Self.mostGone { state.whole = state.gone.removeFirst().version }
        }
    }

    func decision(of function: String) -> Int? { state.withLock { $0.rows[.function(function)]?.number } }

    /// The points and decisions of a row, as JSON; nil: there is none.
    func history(of item: PageItem) -> String? {
        guard let row = state.withLock({ $0.rows[item] }) else { return nil }
        return "{\"points\":[\(row.points.joined)],\"decisions\":[\(row.decisions.joined)]}"
    }

    /// What has changed since a version, as JSON, and what version that makes; nil: nothing.
    func message(
        since seen: Int, mayAct: Bool, recording: String?, isStopping: Bool
    ) -> (text: String, version: Int)? {
        let news: (rows: [(PageItem, String)], gone: [PageItem], version: Int, isWhole: Bool)? = state.withLock {
            state in
            if isStopping != state.isStopping {
                state.isStopping = isStopping
                state.version += 1
            }
            guard seen < state.version else { return nil }
            let isWhole = seen < state.whole || seen < 0
            let rows = state.rows.filter { isWhole || $0.value.version > seen }.map { ($0.key, $0.value.text) }
            let gone = isWhole ? [] : state.gone.filter { $0.version > seen }.map(\.item)
            return (rows, gone, state.version, isWhole)
        }
        guard let news else { return nil }
        var (functions, farms, goneFarms): ([String], [String], [String]) = ([], [], [])
        for (item, text) in news.rows {
            if case .farm = item { farms.append(text) } else { functions.append(text) }
        }
        for case .farm(let number) in news.gone { goneFarms.append(String(number)) }
        let text = """
            {"time":\(Date().timeIntervalSince1970),"whole":\(news.isWhole),"stopping":\(isStopping),"actions":\(mayAct),\
            "recording":\(RowText.string(recording)),"functions":[\(functions.joined(separator: ","))],\
            "farms":[\(farms.joined(separator: ","))],"goneFunctions":[],"goneFarms":[\(goneFarms.joined(separator: ","))]}
            """
        return (text, news.version)
    }
}

/// The newest of many texts.
struct RecentTexts: Sendable {
    let limit: Int
    private var texts: [String] = []
    /// Where the oldest is, once there are as many as may be.
    private var oldest = 0

    init(limit: Int) { self.limit = limit }

    mutating func add(_ text: String) {
        if texts.count < limit {
            texts.append(text)
        } else {
            texts[oldest] = text
            oldest = (oldest + 1) % limit
        }
    }

    /// Oldest first, with commas.
    var joined: String { (texts[oldest...] + texts[..<oldest]).joined(separator: ",") }
}
