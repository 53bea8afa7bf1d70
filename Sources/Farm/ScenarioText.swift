package import Yams

/// A scenario file's text as a tree of YAML nodes.
///
/// Nothing in it can make reading expensive: the size is bounded, libyaml bounds the depth, and there are neither anchors
/// nor aliases, with which a few lines can stand for a tree of any size.
package enum ScenarioText {
    static let largestSize = 4 << 20

    /// - Throws: ``ScenarioError`` with the line.
    package static func compose(_ text: String, file: String) throws(ScenarioError) -> Node {
        guard text.utf8.count <= largestSize else {
            throw ScenarioError(
                file: file, line: 0,
                reason: "the text has \(text.utf8.count) bytes; a scenario may have \(largestSize) (4 MiB) at most")
        }
        let text = withoutMark(text)
        let mask = try Mask(for: text, file: file)
        let root: Node?
        do {
            root = try Yams.compose(yaml: mask?.hide(in: text) ?? text)
        } catch let error as YamlError {
            let hint = mask == nil ? "" : "; if & is meant to begin an anchor: \(noAnchors)"
            // What is missing at the end, libYAML misses on a line after the last one.
            let lines = 1 + text.utf8.count { $0 == UInt8(ascii: "\n") }
            throw ScenarioError(
                file: file, line: min(error.line, lines), reason: error.reason + (error.isAlias ? "" : hint))
        } catch {
            throw ScenarioError(file: file, line: 0, reason: "not YAML: \(error)")
        }
        guard let root else {
            throw ScenarioError(
                file: file, line: 0, reason: "the scenario is empty; docs/scenarios.md has one to begin with")
        }
        return try mask?.reveal(in: root, file: file) ?? root
    }

    /// Without a byte order mark, which editors leave and Yams drops from the beginning of a scalar, but not of a file.
    static func withoutMark(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.drop { $0 == "\u{FEFF}" }))
    }

    fileprivate static let noAnchors =
        "anchors and aliases (& and *) are not read; write the value out, or put text into quotes"
}

/// Stands in for `&` while a text is composed. So no anchor exists, libyaml itself refuses every alias, and an ampersand in
/// a text stays one.
private struct Mask {
    private let standIn: Unicode.Scalar

    /// Nil when there is nothing to hide.
    init?(for text: String, file: String) throws(ScenarioError) {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return nil }
        let used = Set(text.unicodeScalars.lazy.filter { Mask.privateUse.contains($0.value) }.map(\.value))
        guard let free = Mask.privateUse.first(where: { !used.contains($0) }).flatMap(Unicode.Scalar.init) else {
            throw ScenarioError(
                file: file, line: 0, reason: "the text uses every private character of Unicode; leave one out")
        }
        standIn = free
    }

    private static let privateUse: ClosedRange<UInt32> = 0xF0000...0xFFFFD

    func hide(in text: String) -> String { replacing("&", by: standIn, in: text) }

    func reveal(in node: Node, file: String) throws(ScenarioError) -> Node {
        switch node {
        case .scalar(var scalar):
            if scalar.style == .plain, scalar.string.unicodeScalars.first == standIn {
                throw ScenarioError(file: file, line: scalar.mark?.line ?? 0, reason: ScenarioText.noAnchors)
            }
            if scalar.string.unicodeScalars.contains(standIn) {
                scalar.string = replacing(standIn, by: "&", in: scalar.string)
            }
            return .scalar(scalar)
        case .sequence(var sequence):
            for index in sequence.indices { sequence[index] = try reveal(in: sequence[index], file: file) }
            return .sequence(sequence)
        case .mapping(let mapping):
            var pairs: [(Node, Node)] = []
            for (key, value) in mapping {
                pairs.append((try reveal(in: key, file: file), try reveal(in: value, file: file)))
            }
            return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style, mapping.mark))
        case .alias:
            throw ScenarioError(file: file, line: node.mark?.line ?? 0, reason: ScenarioText.noAnchors)
        }
    }

    private func replacing(_ old: Unicode.Scalar, by new: Unicode.Scalar, in text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(scalar == old ? new : scalar) }
        return String(result)
    }
}

extension YamlError {
    /// From 1; 0 when the error has no place.
    fileprivate var line: Int {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        case .reader(_, let offset?, _, let yaml): 1 + yaml.prefix(offset).count { $0.isNewline }
        default: 0
        }
    }

    fileprivate var isAlias: Bool {
        if case .composer(_, "found undefined alias", _, _) = self { true } else { false }
    }

    /// Without the text itself, which Yams puts into its descriptions.
    fileprivate var reason: String {
        switch self {
        case .composer where isAlias: ScenarioText.noAnchors
        case .scanner(let context, let problem, _, _), .parser(let context, let problem, _, _),
            .composer(let context, let problem, _, _):
            "not YAML: \(problem)" + (context.map { ", \($0.text) in line \($0.mark.line)" } ?? "")
        case .duplicatedKeysInMapping(let keys, _):
            "the key \(keys.map { "\"\($0.prefix(40))\"" }.joined(separator: ", ")) comes more than once"
        case .reader(let problem, _, _, _): "not YAML: \(problem)"
        default: "not YAML: \(self)"
        }
    }
}
