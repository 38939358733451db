import java.io.File;
import java.util.TreeMap;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** One line per file: PASS or FAIL, the file, the clauses that do not hold. Exit status 0 whatever the verdicts. */
public class VeraCheck {
  public static void main(String[] files) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    PDFAFlavour flavour = PDFAFlavour.fromString("3b");
    for (String file : files) {
      try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(file), flavour)) {
        PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false);
        ValidationResult result = validator.validate(parser);
        TreeMap<String, String> failed = new TreeMap<>();
        for (TestAssertion assertion : result.getTestAssertions()) {
          if (assertion.getStatus() == TestAssertion.Status.FAILED) {
            failed.putIfAbsent(assertion.getRuleId().getClause(), assertion.getMessage().replace('\n', ' '));
          }
        }
        System.out.println((result.isCompliant() ? "PASS\t" : "FAIL\t") + file + "\t" + failed);
      }
    }
  }
}
