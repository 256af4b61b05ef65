namespace EvalHarness.Data.Shards;

/// <summary>A shard is whole, but has something in it that no reader here gives rightly.</summary>
/// <param name="message">What the shard has, and what to do about it; the file's name goes before it.</param>
/// <param name="inner">What a library said of it; null if it was not asked.</param>
internal sealed class UnsupportedShardException(string message, Exception? inner = null) : Exception(message, inner);
