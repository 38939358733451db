; Inno Setup 6: one folder for one person, no administrator needed.
;   python installer\build.py
;   iscc /DVersion=0.1.0 installer\windows\facturepro.iss
; Sign the two programs before, and the installer after (SignTool= below), with one certificate.

#ifndef Version
  #define Version "0.1.0"
#endif
#define Root "..\.."

[Setup]
AppId={{7C2B5C0E-3A53-4B8C-9C0E-6A3F4B1D2E77}
AppName=FacturePro
AppVersion={#Version}
AppPublisher=FacturePro
DefaultDirName={autopf}\FacturePro
DefaultGroupName=FacturePro
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
Compression=lzma2/max
SolidCompression=yes
OutputDir={#Root}\dist
OutputBaseFilename=FacturePro-{#Version}-setup
SetupIconFile={#Root}\resources\icons\app.ico
UninstallDisplayIcon={app}\facturepro.exe
LicenseFile={#Root}\LICENSE
CloseApplications=yes
WizardStyle=modern

[Languages]
Name: "fr"; MessagesFile: "compiler:Languages\French.isl"
Name: "en"; MessagesFile: "compiler:Default.isl"

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[InstallDelete]
; Libraries of the version before must not be found by this one. Data are elsewhere, in {localappdata}\FacturePro.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Root}\dist\FacturePro\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\FacturePro"; Filename: "{app}\facturepro.exe"
Name: "{autodesktop}\FacturePro"; Filename: "{app}\facturepro.exe"; Tasks: desktopicon

[Run]
Filename: "{app}\facturepro.exe"; Description: "{cm:LaunchProgram,FacturePro}"; Flags: nowait postinstall skipifsilent
