import Foundation

/// Numbers for people.
public enum NumberText {
    /// With a fixed number of decimals, never "-0"; with a sign if asked, save for zero. In exponents from 1e15 on.
    public static func fixed(_ value: Double, _ decimals: Int, signed: Bool = false) -> String {
        guard abs(value) < 1e15 else { return String(format: "%.3g", value) }
        let text = String(format: "%.\(max(0, decimals))f", value)
        let isZero = !text.contains { ("1"..."9").contains($0) }
        if isZero { return text.hasPrefix("-") ? String(text.dropFirst()) : text }
        return signed && value > 0 ? "+" + text : text
    }

    /// An axis's number: as many decimals as its step needs, and thousands apart.
    public static func tick(_ value: Double, step: Double) -> String {
        let decimals = step > 0 ? Int(max(0, min(12, (-log10(step) - 1e-9).rounded(.up)))) : 0
        return grouped(fixed(value, decimals))
    }

    /// Thin spaces between thousands, from five digits on.
    private static func grouped(_ text: String) -> String {
        let digits = text.drop { $0 == "-" }.prefix { $0.isNumber }
        guard digits.count > 4, digits.count <= 15, !text.contains("e") else { return text }
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { grouped.append("\u{2009}") }
            grouped.append(digit)
        }
        return text.replacingCharacters(in: digits.startIndex..<digits.endIndex, with: grouped)
    }
}
