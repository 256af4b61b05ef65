using EvalHarness.Files;
using EvalHarness.Tasks.Code;

namespace EvalHarness.Tests.Tasks.Code;

/// <summary>Which folder the Python of a task sees.</summary>
public sealed class CodeRootTests
{
    [Theory]
    [InlineData("/a/lm_eval/tasks/x/y", "/a/lm_eval/tasks", "lm_eval.tasks", "x/y/utils.py")]
    [InlineData("/a/lm_eval/tasks", "/a/lm_eval/tasks", "lm_eval.tasks", "utils.py")]
    [InlineData("/own/x", "/own", null, "x/utils.py")]
    [InlineData("/owner/x", "/owner/x", null, "utils.py")]
    public void Root_IsTheReferencesFolder_TheIncludedOne_OrTheFilesOwn(string folder, string root, string? package, string relative)
    {
        var function = new FunctionReference("utils.f", folder);
        var found = CodeRoot.Of(function, ["/own/"]);
        Assert.Equal(new CodeRoot(Path.GetFullPath(root), package), found);
        Assert.Equal(relative, found.Relative(function));
    }

    [Fact]
    public void Root_ThatHasMoreThanTasks_IsRefused()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        foreach (string folder in (string[])["/", home, Path.GetDirectoryName(home) ?? "/"])
        {
            var refused = Assert.Throws<EvalException>(() => CodeRoot.Of(new FunctionReference("utils.f", folder), []));
            Assert.Equal(ExitCode.Task, refused.ExitCode);
            Assert.Contains("put the task's files into a folder of their own", refused.Message, StringComparison.Ordinal);
        }
    }
}
