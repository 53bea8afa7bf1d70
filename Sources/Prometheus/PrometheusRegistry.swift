public import CoreMetrics
import Synchronization

/// The instruments of swift-metrics, and their state as Prometheus text. To be made the program's with
/// `MetricsSystem.bootstrap`.
///
/// Counters and gauges are what their names say; recorders that aggregate, and timers, are histograms, timers in seconds.
/// Instruments of the same label and dimensions are one. A label is the metric's name; what Prometheus does not take in a
/// name becomes an underscore.
///
///     let registry = PrometheusRegistry(help: ["tasks_total": "Tasks that were done."])
///     MetricsSystem.bootstrap(registry)
///     Counter(label: "tasks_total").increment()
///     print(await registry.text())
public final class PrometheusRegistry: MetricsFactory, Sendable {
    private struct Key: Hashable {
        let name: String
        /// As in the text, with the braces; empty without dimensions.
        let labels: String
    }

    private struct State {
        var instruments: [Key: any Instrument] = [:]
        /// Whose each family is.
        var families: [String: (name: String, kind: String)] = [:]
        var refreshers: [@Sendable () async -> Void] = []
    }

    private let help: [String: String]
    private let bounds: [Double]
    private let state = Mutex(State())

    /// From a tenth of a millisecond to a minute.
    public static let seconds = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    /// - Parameters:
    ///   - help: what metrics mean, by name.
    ///   - bounds: of the histograms' buckets, ascending.
    public init(help: [String: String] = [:], bounds: [Double] = PrometheusRegistry.seconds) {
        self.help = help
        self.bounds = bounds
    }

    /// Has `refresh` called before each text, for gauges that are set only when somebody looks.
    public func beforeText(_ refresh: @escaping @Sendable () async -> Void) {
        state.withLock { $0.refreshers.append(refresh) }
    }

    /// All metrics as text, by name.
    public func text(_ format: MetricsFormat = .plain) async -> String {
        for refresh in state.withLock({ $0.refreshers }) { await refresh() }
        let instruments = state.withLock { $0.instruments }
        var text = ""
        var last = ""
        for (key, instrument) in instruments.sorted(by: { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) })
        {
            if key.name != last {
                let (family, kind) = format.family(of: key.name, kind: instrument.kind)
                if let help = help[key.name] { text += "# HELP \(family) \(help)\n" }
                text += "# TYPE \(family) \(kind)\n"
                last = key.name
            }
            text += instrument.lines(name: key.name, labels: key.labels)
        }
        return text + format.end
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        instrument(label, dimensions) { CounterInstrument() } ?? CounterInstrument()
    }

    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)])
        -> any FloatingPointCounterHandler
    {
        instrument(label, dimensions) { SumInstrument() } ?? SumInstrument()
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        instrument(label, dimensions) { GaugeInstrument() } ?? GaugeInstrument()
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return instrument(label, dimensions) { GaugeInstrument() } ?? GaugeInstrument() }
        return instrument(label, dimensions) { [bounds] in HistogramInstrument(bounds) } ?? HistogramInstrument(bounds)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        instrument(label, dimensions) { [bounds] in HistogramInstrument(bounds) } ?? HistogramInstrument(bounds)
    }

    // Prometheus's metrics stay: a counter that is gone and comes again at 0 would look like a restart.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// The instrument of that name, made if there is none; nil when there is one of another kind, whose user keeps the name. So does
    /// the first one of a family: to OpenMetrics a counter `n_total` is of the family `n`, which no gauge may then be.
    private func instrument<Kind: Instrument>(
        _ label: String, _ dimensions: [(String, String)], make: () -> Kind
    ) -> Kind? {
        let name = PrometheusRegistry.name(label)
        let labels = dimensions.map { "\(PrometheusRegistry.name($0))=\"\(PrometheusRegistry.escaped($1))\"" }
        let key = Key(name: name, labels: labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}")
        return state.withLock { state in
            if let known = state.instruments[key] { return known as? Kind }
            let made = make()
            let family = MetricsFormat.openMetrics.family(of: name, kind: made.kind).name
            let (owner, kind) = state.families[family] ?? (name, made.kind)
            guard owner == name, kind == made.kind else { return nil }
            state.families[family] = (name, kind)
            state.instruments[key] = made
            return made
        }
    }

    private static func name(_ text: String) -> String {
        let bytes = text.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                byte
            default: UInt8(ascii: "_")
            }
        }
        let isNumber = bytes.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? true
        return (isNumber ? "_" : "") + String(decoding: bytes, as: UTF8.self)
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, sign in
            switch sign {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(sign)
            }
        }
    }
}
