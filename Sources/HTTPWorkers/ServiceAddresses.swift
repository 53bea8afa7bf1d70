import Foundation

/// Addresses of HTTP services, one call at a time each: a list, or a file that is read again when it changes.
///
/// `http://10.0.0.5:9001/work*4` stands for four calls at a time. A list separates addresses by commas; a file has one a line,
/// where empty lines and lines that begin with `#` do not count.
///
///     let addresses = try ServiceAddresses("http://127.0.0.1:9001,http://127.0.0.1:9002*4")
///     let slots = try addresses.read()   // five
public enum ServiceAddresses: Sendable, Hashable {
    /// An address for each call that may run at a time.
    case list([String])
    case file(path: String)

    /// Why addresses cannot be used, and what to do.
    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    /// - Parameter text: addresses, or `@` and the name of a file with them.
    /// - Throws: ``Failure`` for what is no list of addresses. A file is not read.
    public init(_ text: String) throws(Failure) {
        if text.hasPrefix("@") {
            guard text.count > 1 else { throw Failure(description: "the name of a file is missing after the @") }
            self = .file(path: String(text.dropFirst()))
        } else {
            let slots = try Self.slots(of: text.split(separator: ",", omittingEmptySubsequences: false))
            self = .list(slots)
        }
    }

    /// The addresses as they are now, once for each call that may run at a time.
    ///
    /// - Throws: ``Failure`` for a file that cannot be read or that has a line which is no address.
    public func read() throws(Failure) -> [String] {
        switch self {
        case .list(let slots): return slots
        case .file(let path):
            guard let data = FileManager.default.contents(atPath: path) else {
                throw Failure(description: "the file \(path) cannot be read; check its name and who may read it")
            }
            let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).filter {
                !$0.allSatisfy(\.isWhitespace) && $0.first { !$0.isWhitespace } != "#"
            }
            do {
                return try Self.slots(of: lines)
            } catch {
                throw Failure(description: "the file \(path): \(error)")
            }
        }
    }

    private static let mostEach = 1_024

    private static func slots(of texts: [Substring]) throws(Failure) -> [String] {
        var slots: [String] = []
        var seen: Set<String> = []
        for text in texts {
            let text = text.trimmingCharacters(in: .whitespaces)
            let parts = text.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let count = parts.count == 2 ? Int(parts[1]) ?? 0 : 1
            guard (1...mostEach).contains(count) else {
                throw Failure(
                    description: "\"\(text)\": behind the * stands how many calls it takes at a time, 1 to \(mostEach)")
            }
            let address = try checked(parts.first ?? "")
            guard seen.insert(address).inserted else {
                throw Failure(description: "\(address) stands there twice; \(address)*2 takes two calls at a time")
            }
            slots += Array(repeating: address, count: count)
        }
        return slots
    }

    /// The address without a slash at its end.
    private static func checked(_ text: String) throws(Failure) -> String {
        let shown = text.lastIndex(of: "@").map { "…" + text[$0...] } ?? text
        func refuse(_ reason: String) -> Failure {
            Failure(
                description: "\"\(shown)\" is no service's address: \(reason); expected such as http://127.0.0.1:9001")
        }
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else {
            throw refuse("it does not begin with http:// or https://")
        }
        guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty else {
            throw refuse("its host or port cannot be read")
        }
        guard parts.user == nil, parts.password == nil else {
            throw refuse("it has a login in it, which belongs into a header (--task-header-file)")
        }
        guard parts.query == nil, parts.fragment == nil else {
            throw refuse("it has a query or a fragment (--task-query is for queries)")
        }
        if let port = parts.port, !(1...65_535).contains(port) { throw refuse("port \(port) is not in 1…65535") }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
